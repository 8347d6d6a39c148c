package io.piplan.dts.hive;

import io.piplan.dts.apply.Target;
import io.piplan.dts.apply.TargetSession;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import java.util.Objects;

/**
 * A database of Hive to write to, always in two phases: files become visible when a checkpoint is
 * complete.
 */
public record HiveTarget(HiveServer server, String database, HiveOptions options)
    implements Target {
  public HiveTarget {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(options, "options");
  }

  @Override
  public TargetSession open() {
    return openTwoPhase();
  }

  @Override
  public TargetSession openTwoPhase() {
    return new HiveSession(this, Steps.UNWATCHED);
  }
}
