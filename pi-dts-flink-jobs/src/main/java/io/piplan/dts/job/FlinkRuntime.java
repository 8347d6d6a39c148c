package io.piplan.dts.job;

import java.nio.file.Path;

/** Where syncs run. */
public sealed interface FlinkRuntime {
  /**
   * A Flink of our own in this process, which ends with it. Checkpoints and what is needed to go on
   * later are kept below {@code stateDirectory}.
   */
  record InProcess(Path stateDirectory, int slots) implements FlinkRuntime {}

  /**
   * A running cluster, by its REST address, e.g. {@code http://127.0.0.1:8081}; savepoints go to
   * {@code stateDirectory}, which the cluster must be able to write.
   */
  record Cluster(String url, Path stateDirectory) implements FlinkRuntime {}
}
