package io.piplan.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.client.program.rest.RestClusterClient;
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

/**
 * A Flink cluster inside this JVM with a REST port on 127.0.0.1, whose task managers can be
 * terminated one by one as if their machine had been lost.
 */
public final class EmbeddedFlink implements AutoCloseable {
  private static final long SECONDS = 60;

  private final MiniCluster cluster;
  private final Path directory;

  private EmbeddedFlink(MiniCluster cluster, Path directory) {
    this.cluster = cluster;
    this.directory = directory;
  }

  /**
   * Starts a cluster.
   *
   * @param configuration Flink's keys and values; they win over the ones set here
   */
  public static EmbeddedFlink start(
      int taskManagers, int slotsEach, Map<String, String> configuration) {
    Path directory = newDirectory();
    Configuration all = new Configuration();
    // By default all clusters share /tmp/flink-web-upload, which only its first user may write to.
    all.set(WebOptions.TMP_DIR, directory.toString());
    all.set(CoreOptions.TMP_DIRS, directory.toString());
    all.set(RestOptions.BIND_PORT, "0");
    all.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    all.set(RestOptions.ADDRESS, "127.0.0.1");
    all.set(JobManagerOptions.ADDRESS, "127.0.0.1");
    all.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(32));
    all.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    all.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    all.addAll(Configuration.fromMap(configuration));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(all)
                .setNumTaskManagers(taskManagers)
                .setNumSlotsPerTaskManager(slotsEach)
                .build());
    EmbeddedFlink flink = new EmbeddedFlink(cluster, directory);
    flink.call("start", cluster::start);
    return flink;
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory("pi-flink-");
    } catch (IOException e) {
      throw new EmbeddedServerException("no directory for Flink's temporary files: " + e, e);
    }
  }

  /** The address of the REST API and web pages, e.g. {@code http://127.0.0.1:34567}. */
  public URI rest() {
    return ask("tell its address", () -> cluster.getRestAddress().get(SECONDS, TimeUnit.SECONDS));
  }

  /** What connects a client to {@link #rest()}. */
  public Configuration clientConfiguration() {
    Configuration client = new Configuration();
    client.set(RestOptions.ADDRESS, rest().getHost());
    client.set(RestOptions.PORT, rest().getPort());
    return client;
  }

  /** A client over REST, as an outside one would be; the caller closes it. */
  public RestClusterClient<String> client() {
    return ask("give a client", () -> new RestClusterClient<>(clientConfiguration(), "embedded"));
  }

  /** The cluster itself, for what REST doesn't offer, e.g. a job's accumulators. */
  public MiniCluster miniCluster() {
    return cluster;
  }

  /**
   * Ends a task manager; its tasks fail.
   *
   * @param index in the order of starts, from 0; earlier terminated ones keep their index
   */
  public void terminateTaskManager(int index) {
    call(
        "terminate task manager " + index,
        () -> cluster.terminateTaskManager(index).get(SECONDS, TimeUnit.SECONDS));
  }

  /** Starts one more task manager. */
  public void startTaskManager() {
    call("start a task manager", cluster::startTaskManager);
  }

  @Override
  public void close() {
    try {
      call("close", cluster::close);
    } finally {
      // What cannot be deleted is the system's to clean up.
      FileUtils.deleteDirectoryQuietly(directory.toFile());
    }
  }

  private interface Action {
    void run() throws Exception;
  }

  private interface Question<T> {
    T ask() throws Exception;
  }

  private void call(String what, Action action) {
    ask(
        what,
        () -> {
          action.run();
          return what;
        });
  }

  private <T> T ask(String what, Question<T> question) {
    try {
      return question.ask();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while Flink was to " + what, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new EmbeddedServerException("Flink doesn't " + what + ": " + e, e);
    } catch (Exception e) {
      throw new EmbeddedServerException("Flink fails to " + what + ": " + e, e);
    }
  }
}
