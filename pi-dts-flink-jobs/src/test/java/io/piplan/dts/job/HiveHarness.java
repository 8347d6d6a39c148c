package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.embedded.EmbeddedHive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What tests of syncs to Hive need beside {@link SyncHarness}. */
final class HiveHarness {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(150);

  private HiveHarness() {}

  static String catalog(String name, EmbeddedHive hive) {
    StringBuilder more = new StringBuilder();
    hive.clientSettings()
        .forEach(
            (key, value) -> more.append(", 'conf.%s' = '%s'".formatted(key, told(key, value))));
    return "CREATE CATALOG %s WITH ('type' = 'pi-hive', 'metastore-uri' = '%s', 'hiveserver2-url' = '%s', 'username' = 'pi'%s);\n"
        .formatted(name, hive.metastoreUri(), hive.jdbcUrl("default"), more);
  }

  /** A secret is told by reference. */
  private static String told(String key, String value) {
    if (!key.endsWith(".key")) {
      return value;
    }
    try {
      Path file = Files.createTempFile("pi-secret-", "");
      file.toFile().deleteOnExit();
      Files.writeString(file, value);
      return "${file:" + file + "}";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static HiveServer server(EmbeddedHive hive) {
    Map<String, Secret> conf = new HashMap<>();
    hive.clientSettings().forEach((key, value) -> conf.put(key, new Secret.LiteralSecret(value)));
    return new HiveServer(
        hive.metastoreUri(), hive.jdbcUrl("default"), "pi", new Secret.LiteralSecret(""), "", conf);
  }

  static DatabaseRef database(EmbeddedHive hive, String database) {
    return new DatabaseRef(server(hive), database);
  }

  /** Waits until both queries give the same rows, and shows some that differ if they never do. */
  static void awaitEqual(
      Connection source, String sourceQuery, Connection target, String targetQuery)
      throws SQLException, InterruptedException {
    long end = System.nanoTime() + WAIT_NANOS;
    while (true) {
      List<List<String>> expected = SyncHarness.rows(source, sourceQuery);
      List<List<String>> found = SyncHarness.rows(target, targetQuery);
      if (found.equals(expected)) {
        return;
      }
      if (System.nanoTime() > end) {
        assertThat(differences(expected, found)).as(targetQuery).isEmpty();
      }
      Thread.sleep(500);
    }
  }

  private static List<String> differences(List<List<String>> expected, List<List<String>> found) {
    List<String> differences = new ArrayList<>();
    List<List<String>> missing = new ArrayList<>(expected);
    missing.removeAll(new java.util.HashSet<>(found));
    List<List<String>> surplus = new ArrayList<>(found);
    surplus.removeAll(new java.util.HashSet<>(expected));
    missing.stream().limit(5).forEach(row -> differences.add("missing " + row));
    surplus.stream().limit(5).forEach(row -> differences.add("surplus " + row));
    differences.add(
        expected.size()
            + " rows expected, "
            + found.size()
            + " found, "
            + missing.size()
            + " missing, "
            + surplus.size()
            + " surplus");
    return differences;
  }
}
