package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.util.FileUtils;

/** A Flink in this process, for syncs that need no cluster. Ends with {@link #close()}. */
final class LocalFlink implements AutoCloseable {
  private final MiniCluster cluster;
  private final Path directory;

  private LocalFlink(MiniCluster cluster, Path directory) {
    this.cluster = cluster;
    this.directory = directory;
  }

  /**
   * @param metricsPort of Flink's Prometheus reporter; 0 for none
   */
  static LocalFlink start(int slots, int metricsPort) {
    refuseTaken(metricsPort);
    Path directory = newDirectory();
    Configuration configuration = new Configuration();
    // By default all Flinks share /tmp/flink-web-upload: only its first user may write to it, and
    // the first Flink to end deletes it.
    configuration.set(WebOptions.TMP_DIR, directory.toString());
    configuration.set(CoreOptions.TMP_DIRS, directory.toString());
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(JobManagerOptions.ADDRESS, "127.0.0.1");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    if (metricsPort > 0) {
      configuration.setString("metrics.reporters", "prom");
      configuration.setString(
          "metrics.reporter.prom.factory.class",
          "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
      configuration.setString("metrics.reporter.prom.port", Integer.toString(metricsPort));
      // Names of tables as they are; the reporter escapes what has to be.
      configuration.setString("metrics.reporter.prom.filterLabelValueCharacters", "false");
    }
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    try {
      cluster.start();
    } catch (Exception e) {
      throw new DtsException(
          DtsError.FLINK_UNREACHABLE,
          "the in-process Flink does not start: " + e.getMessage(),
          "see the log; free ports on 127.0.0.1 and some memory are all it needs",
          e);
    }
    return new LocalFlink(cluster, directory);
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("pi-flink-");
    } catch (IOException e) {
      throw new DtsException(
          DtsError.FLINK_UNREACHABLE,
          "the in-process Flink has no directory for temporary files: " + e,
          "make " + System.getProperty("java.io.tmpdir") + " writable, or set java.io.tmpdir",
          e);
    }
  }

  /** Flink itself would only log that its reporter has no port, and go on without. */
  private static void refuseTaken(int metricsPort) {
    if (metricsPort == 0) {
      return;
    }
    try (ServerSocket free = new ServerSocket(metricsPort)) {
      free.setReuseAddress(true);
    } catch (IOException e) {
      throw new DtsException(
          DtsError.FLINK_REFUSED,
          "port " + metricsPort + " for metrics cannot be used: " + e.getMessage(),
          "choose another with --metrics-port",
          e);
    }
  }

  String url() {
    try {
      return cluster.getRestAddress().get().toString();
    } catch (Exception e) {
      throw new DtsException(
          DtsError.FLINK_UNREACHABLE,
          "the in-process Flink has no REST address: " + e.getMessage(),
          "see the log",
          e);
    }
  }

  @Override
  public void close() {
    try {
      cluster.close();
    } catch (Exception e) {
      throw new DtsException(
          DtsError.INTERNAL, "closing the in-process Flink failed: " + e, "end the process", e);
    } finally {
      FileUtils.deleteDirectoryQuietly(directory.toFile());
    }
  }
}
