package io.piplan.dts.job;

import java.nio.file.Path;

/** Where syncs run. */
public sealed interface FlinkRuntime {
  /** Where checkpoints, savepoints and what is needed to go on later are kept. */
  Path stateDirectory();

  /**
   * A Flink of our own in this process, which ends with it.
   *
   * @param metricsPort where Prometheus finds its metrics; 0 for nowhere
   */
  record InProcess(Path stateDirectory, int slots, int metricsPort) implements FlinkRuntime {
    public InProcess(Path stateDirectory, int slots) {
      this(stateDirectory, slots, 0);
    }
  }

  /**
   * A cluster in this process that somebody else started; its class path is ours. By its REST
   * address, e.g. {@code http://127.0.0.1:8081}.
   */
  record Attached(String url, Path stateDirectory) implements FlinkRuntime {}

  /**
   * A running cluster, by its REST address; our job jar is uploaded to it. It must be able to write
   * {@code stateDirectory}.
   */
  record Cluster(String url, Path stateDirectory) implements FlinkRuntime {}
}
