package io.piplan.embedded;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The main of the embedded Hive's processes: {@code HiveMain CLASS_PATH_FILE
 * schema|metastore|server [arguments]}. Loads Hive in a class loader of its own, since Hive casts
 * its class loader to a {@link URLClassLoader}. Used without any other class of this package.
 */
public final class HiveMain {
  private static final String METASTORE = "org.apache.hadoop.hive.metastore.HiveMetaStore";
  private static final String SERVER = "org.apache.hive.service.server.HiveServer2";

  private final URLClassLoader hive;

  private HiveMain(URLClassLoader hive) {
    this.hive = hive;
  }

  public static void main(String[] arguments) throws Exception {
    URLClassLoader hive =
        new URLClassLoader(
            urls(Path.of(arguments[0])).toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(hive);
    HiveMain main = new HiveMain(hive);
    String[] rest = Arrays.copyOfRange(arguments, 2, arguments.length);
    switch (arguments[1]) {
      case "schema" -> main.createSchema();
      case "metastore" -> main.run(METASTORE, rest);
      case "server" -> main.run(SERVER, rest);
      default -> throw new IllegalArgumentException(arguments[1]);
    }
  }

  private static List<URL> urls(Path file) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String path : Files.readString(file).strip().split(File.pathSeparator, -1)) {
      urls.add(Path.of(path).toUri().toURL());
    }
    return urls;
  }

  /**
   * Fills an empty Derby database, with the tables for transactions, which Hive itself leaves out.
   */
  private void createSchema() throws ReflectiveOperationException {
    Class<?> configuration = hive.loadClass("org.apache.hadoop.conf.Configuration");
    Object conf =
        hive.loadClass("org.apache.hadoop.hive.metastore.conf.MetastoreConf")
            .getMethod("newMetastoreConf")
            .invoke(null);
    hive.loadClass("org.apache.hadoop.hive.metastore.txn.TxnDbUtil")
        .getMethod("prepDb", configuration)
        .invoke(null, conf);
    // Its constructor makes all the rest.
    Object unused =
        hive.loadClass(METASTORE + "$HMSHandler")
            .getConstructor(String.class, configuration, boolean.class)
            .newInstance("schema", conf, true);
    shutDownDerby();
    System.exit(0);
  }

  private void shutDownDerby() throws ReflectiveOperationException {
    Driver derby =
        (Driver)
            hive.loadClass("org.apache.derby.jdbc.EmbeddedDriver").getConstructor().newInstance();
    try {
      derby.connect("jdbc:derby:;shutdown=true", new java.util.Properties());
    } catch (SQLException e) {
      // Derby says by an exception that it has ended.
      System.out.println(e.getMessage());
    }
  }

  private void run(String main, String[] arguments) throws ReflectiveOperationException {
    try {
      hive.loadClass(main).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      e.getCause().printStackTrace();
      System.exit(1);
    }
  }
}
