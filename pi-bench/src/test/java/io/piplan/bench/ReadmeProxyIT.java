package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The files and statements of the README's section about tables over several servers. */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
class ReadmeProxyIT {
  private final Servers servers;
  @TempDir private Path folder;

  ReadmeProxyIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void theExampleRuns() throws Exception {
    String section = section();
    Files.writeString(folder.resolve("shop.yaml"), block(section, "yaml"));
    String config = block(section, "json").replace("127.0.0.1:3307", "127.0.0.1:0");
    Files.writeString(folder.resolve("proxy.json"), config);
    String db1 = servers.mySqlA().createDatabase("readme");
    String db2 = servers.mySqlB().createDatabase("readme");
    String command = "bin/pi proxy --config proxy.json";
    assertThat(block(section, "sh")).contains(command + " --check", command + " ");

    Process check = pi(db1, db2, "--check");
    assertThat(check.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(check.exitValue()).as(said()).isZero();
    Process proxy = pi(db1, db2);
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> said().contains("listens on ") || !proxy.isAlive());
      assertThat(proxy.isAlive()).as(said()).isTrue();
      statements(block(section, "sql").split(";\\n"));
    } finally {
      proxy.destroy();
      proxy.waitFor();
    }
    drop(servers.mySqlA(), db1);
    drop(servers.mySqlB(), db2);
  }

  private static void drop(EmbeddedMySql server, String schema) throws SQLException {
    try (Connection connection = server.connect(schema);
        Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE " + schema);
    }
  }

  private void statements(String... sql) throws Exception {
    assertThat(sql).hasSize(4);
    String port = said().replaceAll("(?s).*listens on 127.0.0.1:(\\d+).*", "$1");
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:mysql://127.0.0.1:" + port + "/shop?sslMode=DISABLED", "app", "words");
        Statement statement = connection.createStatement()) {
      isNotThere(statement);
      statement.execute(sql[0]);
      assertThat(statement.executeUpdate(sql[1])).isEqualTo(3);
      assertThat(first(statement, sql[2])).isEqualTo("16.00");
      assertThat(first(statement, sql[3])).contains("db2", "orders_3");
      statement.execute("DROP TABLE orders");
      isNotThere(statement);
    }
  }

  private static void isNotThere(Statement statement) {
    assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM orders"))
        .hasMessageContaining("Table 'shop.orders' doesn't exist");
  }

  private static String first(Statement statement, String sql) throws Exception {
    StringBuilder row = new StringBuilder();
    try (ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
        row.append(i == 1 ? "" : "|").append(rows.getString(i));
      }
    }
    return row.toString();
  }

  private Process pi(String db1, String db2, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                PiScript.PI.toAbsolutePath().normalize().toString(),
                "proxy",
                "--config",
                folder.resolve("proxy.json").toString()));
    command.addAll(List.of(more));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile());
    builder.environment().put("PI_BUILD", "no");
    builder.environment().put("APP_PASSWORD", "words");
    builder.environment().put("DB1", dsn(servers.mySqlA(), db1));
    builder.environment().put("DB2", dsn(servers.mySqlB(), db2));
    return builder.start();
  }

  private static String dsn(EmbeddedMySql server, String schema) {
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(server.user(), server.password(), server.host(), server.port(), schema);
  }

  private String said() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  private static String section() throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    int from = readme.indexOf("## Tables over several servers");
    assertThat(from).isPositive();
    return readme.substring(from, readme.indexOf("\n## ", from));
  }

  private static String block(String section, String language) {
    Matcher block =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(section);
    assertThat(block.find()).as("a block of " + language).isTrue();
    return block.group(1);
  }
}
