package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.CopyLimit;
import io.piplan.dts.job.SyncControl;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync limit}. */
@Command(
    name = "limit",
    description = {
      "Holds the copy of a sync back, while it runs. Changes of the source are followed all the same.",
      "Without a limit it shows those in force."
    },
    footer = {
      "",
      "Examples:",
      "  pi sync limit shop_to_pg 20000",
      "  pi sync limit shop_to_pg --bytes '20 MB' --window '22:00-06:00 Asia/Shanghai'",
      "  pi sync limit shop_to_pg --target-threads 40",
      "  pi sync limit shop_to_pg --replicas db-b2:3306,db-b3:3306 --replica-lag '10 s'",
      "  pi sync limit shop_to_pg --none",
      "  pi sync limit shop_to_pg --reset",
      "",
      "They count within seconds, and stay through restarts, also if the definition says something",
      "else by then: --reset has it count again. 0 lifts one; '' lifts a window."
    })
final class SyncLimitCommand extends NamedSyncAction {
  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ROWS",
      description = "Rows a second, all tables together; 0 is no limit.")
  private String rows;

  @Option(
      names = "--bytes",
      paramLabel = "SIZE",
      description = "Bytes a second, e.g. '20 MB'; 0 is no limit.")
  private String bytes;

  @Option(
      names = "--target-threads",
      paramLabel = "N",
      description = "Rest while more statements than these run on the target.")
  private String targetThreads;

  @Option(
      names = "--replicas",
      paramLabel = "HOST:PORT,…",
      description = "The target's replicas that --replica-lag looks at.")
  private String replicas;

  @Option(
      names = "--replica-lag",
      paramLabel = "TIME",
      description = "Rest while one of the replicas is further behind, e.g. '10 s'.")
  private String replicaLag;

  @Option(
      names = "--window",
      paramLabel = "TIMES",
      description = "Copy at these times of day only, e.g. '22:00-06:00 Asia/Shanghai'.")
  private String window;

  @Option(names = "--none", description = "Lift all limits first.")
  private boolean none;

  @Option(
      names = "--reset",
      description = "Take the limits of the definition again first, and follow them from now on.")
  private boolean reset;

  @Option(names = "--json", description = "Writes the limits as JSON.")
  private boolean json;

  SyncLimitCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) {
    Map<CopyLimit, String> changes = changes();
    each(console, syncs, sync -> limit(control, console, sync, changes));
  }

  private void limit(
      SyncControl control, Console console, String sync, Map<CopyLimit, String> changes) {
    if (reset) {
      control.resetLimits(sync);
    }
    if (!changes.isEmpty()) {
      control.limit(sync, changes);
    }
    var limits = control.limits(sync);
    console.say(
        json
            ? json(StatusJson.limits(limits))
            : sync + ", limits of the copy: " + StatusText.limits(limits));
  }

  private Map<CopyLimit, String> changes() {
    Map<CopyLimit, String> changes = new EnumMap<>(CopyLimit.class);
    if (none) {
      for (CopyLimit limit : CopyLimit.values()) {
        boolean text = limit == CopyLimit.WINDOW || limit == CopyLimit.REPLICAS;
        changes.put(limit, text ? "" : "0");
      }
    }
    put(changes, CopyLimit.ROWS, rows);
    put(changes, CopyLimit.BYTES, bytes);
    put(changes, CopyLimit.TARGET_THREADS, targetThreads);
    put(changes, CopyLimit.REPLICAS, replicas);
    put(changes, CopyLimit.REPLICA_LAG, replicaLag);
    put(changes, CopyLimit.WINDOW, window);
    return changes;
  }

  private static void put(Map<CopyLimit, String> changes, CopyLimit limit, String value) {
    if (value != null) {
      changes.put(limit, value);
    }
  }
}
