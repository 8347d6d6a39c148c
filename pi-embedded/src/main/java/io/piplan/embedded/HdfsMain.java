package io.piplan.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The main of the embedded HDFS: {@code HdfsMain FOLDER PORT}. A name node and two data nodes, in a
 * class path that has Hadoop's small cluster, which nothing else of this module needs. Used without
 * any other class of this package.
 */
public final class HdfsMain {
  static final String RESTART = "restart";
  static final String READY = "ready";
  private static final String CLUSTER = "org.apache.hadoop.hdfs.MiniDFSCluster";
  private static final long ASK_MILLIS = 100;

  private final Path folder;
  private final Object cluster;

  private HdfsMain(Path folder, int port) throws ReflectiveOperationException {
    this.folder = folder;
    Class<?> configuration = Class.forName("org.apache.hadoop.conf.Configuration");
    Object conf = configuration.getConstructor().newInstance();
    var set = configuration.getMethod("set", String.class, String.class);
    // Servers and clients are several users of this machine, as which anybody may log in.
    set.invoke(conf, "dfs.permissions.enabled", "false");
    set.invoke(conf, "dfs.namenode.safemode.extension", "0");
    Class<?> builder = Class.forName(CLUSTER + "$Builder");
    Object built =
        builder
            .getConstructor(configuration, File.class)
            .newInstance(conf, folder.resolve("dfs").toFile());
    builder.getMethod("nameNodePort", int.class).invoke(built, port);
    builder.getMethod("numDataNodes", int.class).invoke(built, 2);
    cluster = builder.getMethod("build").invoke(built);
    cluster.getClass().getMethod("waitActive").invoke(cluster);
  }

  public static void main(String[] arguments) {
    try {
      new HdfsMain(Path.of(arguments[0]), Integer.parseInt(arguments[1])).serve();
    } catch (IOException | InterruptedException | ReflectiveOperationException e) {
      e.printStackTrace();
      // Threads of the cluster would keep the process.
      System.exit(1);
    }
  }

  /** Restarts the name node whenever somebody asks for it. */
  private void serve() throws IOException, InterruptedException, ReflectiveOperationException {
    Files.createFile(folder.resolve(READY));
    while (true) {
      if (Files.exists(folder.resolve(RESTART))) {
        cluster
            .getClass()
            .getMethod("restartNameNode", String[].class)
            .invoke(cluster, (Object) new String[0]);
        Files.delete(folder.resolve(RESTART));
      }
      Thread.sleep(ASK_MILLIS);
    }
  }
}
