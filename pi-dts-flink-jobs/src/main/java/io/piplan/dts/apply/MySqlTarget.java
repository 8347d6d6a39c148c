package io.piplan.dts.apply;

import io.piplan.dts.jdbc.MySqlServer;
import java.util.Objects;

/**
 * A MySQL or MariaDB server to write to.
 *
 * @param database where the {@code pi_dts_*} tables are
 * @param origin id of the zone from which the rows come, 0 if it has none: each transaction that
 *     writes rows is marked with it, for other syncs that read this server's binlog. Null if nobody
 *     needs that
 */
public record MySqlTarget(MySqlServer server, String database, Integer origin) implements Target {
  public MySqlTarget {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(database, "database");
  }

  public MySqlTarget(MySqlServer server, String database) {
    this(server, database, null);
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
