package io.piplan.dts.apply;

import io.piplan.dts.jdbc.PostgresServer;
import java.util.Objects;

/**
 * A PostgreSQL database to write to.
 *
 * @param schema where the {@code pi_dts_*} tables are
 */
public record PostgresTarget(PostgresServer server, String schema) implements Target {
  public PostgresTarget {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(schema, "schema");
  }

  @Override
  public TargetSession open() {
    return new PostgresSession(this, false);
  }

  @Override
  public TargetSession openTwoPhase() {
    return new PostgresSession(this, true);
  }
}
