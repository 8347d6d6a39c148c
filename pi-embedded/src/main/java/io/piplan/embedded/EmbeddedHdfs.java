package io.piplan.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An HDFS on this machine: a name node and two data nodes in one process, which ends with this JVM,
 * however that ends. Nobody's rights are looked at.
 */
public final class EmbeddedHdfs implements AutoCloseable {
  private static final String POM = "/hdfs/pom.xml";
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long ASK_MILLIS = 50;

  private final Path home;
  private final int port;
  private final GuardedProcess process;

  private EmbeddedHdfs(Path home, int port, GuardedProcess process) {
    this.home = home;
    this.port = port;
    this.process = process;
  }

  /** Starts a new empty one on a free port; the first start on a machine downloads it. */
  public static EmbeddedHdfs start() {
    try {
      byte[] pom = HiveFiles.resource(POM);
      Path files =
          CacheFolder.ofThisUser()
              .folder(
                  HiveFiles.name("hdfs", pom),
                  folder -> {
                    Path file = folder.resolve("pom.xml");
                    Files.write(file, pom);
                    HiveFiles.resolve(folder, file);
                  });
      Path home = Files.createTempDirectory("pi-hdfs-");
      int port = LocalDatabase.freePort();
      GuardedProcess process = new GuardedProcess(home, command(files, home, port));
      EmbeddedHdfs hdfs = new EmbeddedHdfs(home, port, process);
      process.start();
      hdfs.await(() -> Files.exists(home.resolve(HdfsMain.READY)), "start");
      return hdfs;
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot prepare HDFS: " + e.getMessage(), e);
    }
  }

  private static List<String> command(Path files, Path home, int port) throws IOException {
    Path own = home.resolve("classes/io/piplan/embedded/HdfsMain.class");
    Files.createDirectories(own.getParent());
    Files.write(own, HiveFiles.resource("/io/piplan/embedded/HdfsMain.class"));
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    HiveFiles.OPENED.forEach(name -> all.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    all.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"));
    all.add("-Djava.io.tmpdir=" + home);
    all.add("-cp");
    all.add(
        home.resolve("classes")
            + File.pathSeparator
            + Files.readString(files.resolve(HiveFiles.CLASS_PATH)).strip());
    all.addAll(List.of(HdfsMain.class.getName(), home.toString(), String.valueOf(port)));
    return all;
  }

  /** What a wait is for. */
  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (process.awaitExit(Duration.ofMillis(ASK_MILLIS)) || System.nanoTime() > end) {
        String log = process.logTail();
        process.close();
        throw new EmbeddedServerException("HDFS does not " + what + ":\n" + log);
      }
    }
  }

  /** Its root, e.g. {@code hdfs://127.0.0.1:9000}. */
  public String uri() {
    return "hdfs://127.0.0.1:" + port;
  }

  /** What a Hive is told so that its tables lie here. */
  public Map<String, String> hiveSettings() {
    return Map.of("hive.metastore.warehouse.dir", uri() + "/warehouse");
  }

  /** Ends the name node, starts it again on what it has stored, and waits until it serves. */
  public void restartNameNode() {
    Path order = home.resolve(HdfsMain.RESTART);
    try {
      Files.createFile(order);
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot restart the name node", e);
    }
    await(() -> !Files.exists(order), "restart its name node");
  }

  /** Ends it and deletes all data. */
  @Override
  public void close() {
    process.close();
  }
}
