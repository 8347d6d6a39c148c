package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pi demo --keep} in a process of its own: what it says is true until a signal comes. */
@Tag("chaos")
class DemoKeepIT {
  private static final List<String> ADD_OPENS =
      List.of(
          "java.base/java.lang",
          "java.base/java.lang.reflect",
          "java.base/java.util",
          "java.base/java.util.concurrent",
          "java.base/java.util.concurrent.atomic",
          "java.base/java.util.concurrent.locks",
          "java.base/java.net",
          "java.base/java.io",
          "java.base/java.nio",
          "java.base/java.text",
          "java.base/java.time",
          "java.base/sun.nio.ch");

  /** Its own folder for all that it makes, so that what is left can be seen. */
  @TempDir Path temporary;

  @TempDir Path logs;

  /**
   * The signal is SIGTERM: the JVM takes both alike, and tests that run in the background of a
   * shell have SIGINT ignored, and so their children.
   */
  @Test
  void everythingStaysUpUntilASignal() throws Exception {
    Path out = logs.resolve("out");
    Path err = logs.resolve("err");
    Process demo =
        new ProcessBuilder(command())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    List<ProcessHandle> family = new ArrayList<>();
    try {
      await()
          .atMost(Duration.ofSeconds(150))
          .until(() -> !demo.isAlive() || text(out).contains("pi sync status"));
      String said = text(out);
      assertThat(demo.isAlive()).as(said + text(err)).isTrue();
      assertThat(said).contains("diff: 0", "Everything stays up until Ctrl-C");
      demo.descendants().forEach(family::add);
      assertThat(family.size()).as("servers").isGreaterThanOrEqualTo(3);
      whatItSaysWorks(said);
      new ProcessBuilder("kill", "-TERM", String.valueOf(demo.pid())).start().waitFor();
      assertThat(demo.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
      assertThat(demo.exitValue()).as("as after a signal").isEqualTo(143);
    } finally {
      demo.destroyForcibly().waitFor();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(family).noneMatch(ProcessHandle::isAlive));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(serverFolders()).isEmpty());
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String opened : ADD_OPENS) {
      command.add("--add-opens=" + opened + "=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-Xmx1g", "-Djava.io.tmpdir=" + temporary, "-Dpi.log.file=" + logs.resolve("pi.log")));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "io.piplan.cli.command.Pi"));
    command.addAll(List.of("demo", "--keep", "--rows", "2000", "--steady", "1"));
    return command;
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static String found(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
    return matcher.group(1);
  }

  private void whatItSaysWorks(String said) throws Exception {
    String password = found("Password of all: (\\S+)", said);
    int a = Integer.parseInt(found("site A: +mysql -h 127.0.0.1 -P (\\d+) -u root -p shop", said));
    int b = Integer.parseInt(found("site B: +mysql -h 127.0.0.1 -P (\\d+) -u root -p shop", said));
    int pg =
        Integer.parseInt(found("PostgreSQL: +psql -h 127.0.0.1 -p (\\d+) -U postgres shop", said));
    assertThat(found("export PI_DEMO_A_PORT=(\\d+)", said)).isEqualTo(String.valueOf(a));
    assertThat(found("export PI_DEMO_B_PORT=(\\d+)", said)).isEqualTo(String.valueOf(b));
    assertThat(found("export PI_DEMO_PG_PORT=(\\d+)", said)).isEqualTo(String.valueOf(pg));
    assertThat(found("export PI_DEMO_PASSWORD=(\\S+)", said)).isEqualTo(password);
    String mySql = "jdbc:mysql://127.0.0.1:%d/shop";
    String postgres = "jdbc:postgresql://127.0.0.1:%d/shop".formatted(pg);
    try (Connection source = DriverManager.getConnection(mySql.formatted(a), "root", password);
        Connection siteB = DriverManager.getConnection(mySql.formatted(b), "root", password);
        Connection warehouse = DriverManager.getConnection(postgres, "postgres", password)) {
      assertThat(number(source, "SELECT COUNT(*) FROM orders")).isGreaterThan(1000);
      // The syncs go on.
      try (Statement statement = source.createStatement()) {
        statement.executeUpdate("DELETE FROM order_items");
      }
      for (Connection target : List.of(siteB, warehouse)) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> number(target, "SELECT COUNT(*) FROM order_items") == 0);
      }
    }
    HttpResponse<String> flink =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(found("Flink: +(http\\S+)", said) + "/jobs/overview"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(flink.body()).contains("RUNNING", "shop_to_b", "shop_to_pg");
    status(said, password, a, b, pg);
  }

  /** The command that it says to type, with the variables that it says to set. */
  private void status(String said, String password, int a, int b, int pg) throws Exception {
    List<String> command = command();
    int words = command.indexOf("demo");
    command.subList(words, command.size()).clear();
    String state = found("pi sync status shop_to_b --state (\\S+)", said);
    command.addAll(List.of("sync", "status", "shop_to_b", "--state", state));
    Path out = logs.resolve("status");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder.environment().put("PI_DEMO_A_PORT", String.valueOf(a));
    builder.environment().put("PI_DEMO_B_PORT", String.valueOf(b));
    builder.environment().put("PI_DEMO_PG_PORT", String.valueOf(pg));
    builder.environment().put("PI_DEMO_PASSWORD", password);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(text(out)).isZero();
    assertThat(text(out)).contains("shop_to_b", "RUNNING");
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** What the servers keep their files in. */
  private List<String> serverFolders() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files
          .map(file -> file.getFileName().toString())
          .sorted()
          .filter(name -> name.matches("pi-(mariadb|postgres)-.*"))
          .toList();
    }
  }
}
