package io.piplan.dts.apply;

import io.piplan.dts.jdbc.MySqlServer;
import java.util.Objects;

/**
 * A MySQL or MariaDB server to write to.
 *
 * @param database where the {@code pi_dts_*} tables are
 */
public record MySqlTarget(MySqlServer server, String database) implements Target {
  public MySqlTarget {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(database, "database");
  }

  @Override
  public TargetSession open() {
    return new MySqlSession(this, false);
  }

  @Override
  public TargetSession openTwoPhase() {
    return new MySqlSession(this, true);
  }
}
