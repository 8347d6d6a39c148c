package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.demo.SqlResource;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code pi sites} on the files of sql/sites, and on a real server. */
@ExtendWith(ServersExtension.class)
class SitesCommandIT {
  private final Servers servers;
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  SitesCommandIT(Servers servers) {
    this.servers = servers;
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Pi.commandLine(
            Console.plain(new PrintWriter(out), new PrintWriter(err)), FlinkSyncEngine::new)
        .execute(arguments);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private String sites() throws IOException {
    return file("sites.json", new SqlResource("sites/sites.json").text());
  }

  @Test
  void showAndOwner() throws IOException {
    assertThat(run("sites", "show", sites())).isZero();
    assertThat(out.toString())
        .contains("zone bj (1) owns ZSID 0-7")
        .contains("table orders: ZSKey [customer_id] by mod");
    assertThat(run("sites", "show", sites(), "--json")).isZero();
    assertThat(out.toString()).contains("\"zsids\"").contains("\"8-15\"");
    assertThat(run("sites", "owner", sites(), "orders", "4711")).isZero();
    assertThat(out.toString()).contains("ZSID 7, owned by zone bj (1)");
    assertThat(run("sites", "owner", sites(), "orders", "x")).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("has no ZSID");
    assertThat(run("sites", "owner", sites(), "orders", "1", "2"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(run("sites", "owner", sites(), "notices", "1")).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("[customers, orders]");
  }

  @Test
  void aDocumentThatIsWrongIsShownWithEveryPlace() throws IOException {
    String bad =
        file(
            "bad.json",
            new SqlResource("sites/sites.json")
                .text()
                .replace("8-15", "7-14")
                .replace("mod", "mud"));
    assertThat(run("sites", "show", bad)).isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString())
        .contains("PI-5013")
        .contains("ZSID 7 is owned already")
        .contains("no zone owns ZSID 15")
        .contains("/algorithms/by_customer/type");
    assertThat(run("sites", "show", bad, "--json")).isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString()).contains("\"pointer\" : \"/zsids/owners/sh/0\"");
    assertThat(run("sites", "show", folder.resolve("none.json").toString()))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString()).contains("there is no such file");
  }

  @Test
  void triggersArePrintedAsTheExampleSaysAndInstalled() throws Exception {
    EmbeddedMySql server = servers.mySqlA();
    String database = server.createDatabase("shop");
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE orders (customer_id BIGINT, number INT, total DECIMAL(12, 2),"
              + " PRIMARY KEY (customer_id, number))");
      statement.execute("INSERT INTO orders VALUES (1, 1, 5)");
      String url = url(server, database);
      assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "bj"))
          .as(err.toString())
          .isZero();
      String printed = out.toString().replace("`" + database + "`", "`shop`");
      // To take over after the triggers have changed.
      Files.writeString(Path.of("target/triggers-mysql.sql"), printed);
      String example = new SqlResource("sites/triggers-mysql.sql").text();
      assertThat(example.substring(example.indexOf("SET SESSION"))).isEqualTo(printed);
      assertThat(columns(statement)).isEqualTo(3);

      try (Connection reader = server.connect(database);
          Statement read = reader.createStatement()) {
        reader.setAutoCommit(false);
        read.execute("SELECT * FROM orders");
        assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "bj", "--install"))
            .isNotZero();
        assertThat(err.toString())
            .contains("the database is busy", "try again when long transactions");
        reader.rollback();
      }
      assertThat(columns(statement)).isEqualTo(3);
      assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "bj", "--install")).isZero();
      assertThat(out.toString()).contains("triggers made for [orders]");
      statement.execute("UPDATE orders SET total = 6");
      try (ResultSet row = statement.executeQuery("SELECT pidal_c >> 53 FROM orders")) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(1);
      }
      assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "bj", "--remove", "--install"))
          .isZero();
      try (ResultSet rows = statement.executeQuery("SHOW TRIGGERS")) {
        assertThat(rows.next()).isFalse();
      }
      assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "gz"))
          .isEqualTo(ExitCode.USAGE.number());
      assertThat(err.toString()).contains("has no zone 'gz'").contains("[bj, sh]");
      assertThat(run("sites", "triggers", url, "-m", sites(), "-z", "bj", "-t", "ordes"))
          .isEqualTo(ExitCode.USAGE.number());
      assertThat(err.toString()).contains("there is no table").contains("[orders]");
    }
  }

  private static int columns(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SELECT * FROM orders")) {
      return rows.getMetaData().getColumnCount();
    }
  }

  private String url(EmbeddedMySql server, String database) throws IOException {
    String password = file("password", server.password());
    return "mysql://%s@%s:%d/%s?password-file=%s"
        .formatted(server.user(), server.host(), server.port(), database, password);
  }

  /** The definition of the guide passes the checks with what its commands make. */
  @Test
  void theGuidesDefinitionCanBeStarted() throws Exception {
    EmbeddedMySql bj = servers.mySqlA();
    EmbeddedMySql sh = servers.mySqlB();
    String definition = new SqlResource("sites/two-sites.sql").text();
    List<EmbeddedMySql> servers = List.of(bj, sh);
    List<String> names = List.of("bj", "sh");
    for (int i = 0; i < 2; i++) {
      EmbeddedMySql server = servers.get(i);
      String database = server.createDatabase("shop");
      try (Connection connection =
              java.sql.DriverManager.getConnection(
                  server.jdbcUrl(database) + "?allowMultiQueries=true",
                  server.user(),
                  server.password());
          Statement statement = connection.createStatement()) {
        statement.execute(new SqlResource("sites/schema.sql").text());
      }
      String name = names.get(i);
      assertThat(
              run(
                  "sites",
                  "triggers",
                  url(server, database),
                  "-m",
                  sites(),
                  "-z",
                  name,
                  "--install"))
          .as(err.toString())
          .isZero();
      String upper = name.toUpperCase(java.util.Locale.ROOT);
      definition =
          definition
              .replace("site_" + name + ".shop", "site_" + name + ".`" + database + "`")
              .replace("${PI_" + upper + "_HOST}", server.host())
              .replace("${PI_" + upper + "_PORT}", String.valueOf(server.port()))
              .replace("${PI_" + upper + "_USER}", server.user())
              .replace(
                  "${PI_" + upper + "_PASSWORD}",
                  "${file:" + file("password-" + name, server.password()) + "}");
    }
    String good = file("sites.sql", definition.replace("sql/sites/sites.json", sites()));
    assertThat(run("check", good)).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains("SITE_METADATA")
        .contains("from zone bj (1) to zone sh (2)")
        .contains("triggers keep pidal_c")
        .contains("the metadata names no ZSKey");
    String swapped =
        file(
            "swapped.sql",
            definition
                .replace("sql/sites/sites.json", sites())
                .replace(
                    "'zone.source' = 'bj', 'zone.target' = 'sh'",
                    "'zone.source' = 'sh', 'zone.target' = 'bj'"));
    assertThat(run("check", swapped)).isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString())
        .contains("its triggers write zone id [1], but 'zone.source' is sh (2)");
    String none = file("none.sql", definition.replace("sites.json", "nowhere.json"));
    assertThat(run("check", none)).isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString()).contains("there is no such file");
  }

  private String catalog(String name, EmbeddedMySql server) throws IOException {
    String secret = file(name + ".secret", server.password());
    return "CREATE CATALOG %s WITH ('type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}');\n"
        .formatted(name, server.port(), server.user(), secret);
  }

  private static void run(EmbeddedMySql server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Test
  void aRepairWithoutASyncLeavesRowsAloneThatOtherZonesOwn() throws Exception {
    String bj = servers.mySqlA().createDatabase("shop");
    String sh = servers.mySqlB().createDatabase("shop");
    String orders =
        "CREATE TABLE orders (customer_id BIGINT, number INT, total INT,"
            + " PRIMARY KEY (customer_id, number))";
    String notices = "CREATE TABLE notices (id INT PRIMARY KEY, text VARCHAR(20))";
    run(
        servers.mySqlA(),
        bj,
        orders,
        notices,
        // bj owns 0 to 7, sh 8 to 15.
        "INSERT INTO orders VALUES (1, 1, 5), (2, 1, 5), (9, 1, 5), (10, 1, 5)",
        "INSERT INTO notices VALUES (1, 'bj'), (2, 'bj')");
    run(
        servers.mySqlB(),
        sh,
        orders,
        notices,
        "INSERT INTO orders VALUES (1, 1, 6), (3, 1, 5), (9, 1, 7), (11, 1, 5)",
        "INSERT INTO notices VALUES (1, 'sh'), (2, 'sh')");
    String definition =
        file(
            "repair.sql",
            catalog("bj", servers.mySqlA())
                + catalog("sh", servers.mySqlB())
                + "SYNC DATABASE bj.`%s` TO sh.`%s` WITH ('name' = 'there', 'loop.prevention' = 'marker', 'metadata.file' = '%s', 'zone.source' = 'bj', 'zone.target' = 'sh');\n"
                    .formatted(bj, sh, sites()));
    String a = "bj." + bj;
    String b = "sh." + sh;
    assertThat(run("repair", a, b, "-f", definition, "--table", "orders"))
        .as(err.toString())
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(out.toString())
        .contains("6 rows differed", "2 written, 1 deleted", "left alone", "owned by zone sh (2)")
        .contains("diff: 3");
    try (Connection connection = servers.mySqlB().connect(sh);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT GROUP_CONCAT(CONCAT(customer_id, ' ', total) ORDER BY customer_id)"
                    + " FROM orders")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("1 5,2 5,9 7,11 5");
    }
    assertThat(run("repair", a, b, "-f", definition, "--table", "notices"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("nobody says which zone owns which rows", "--key");
    assertThat(run("repair", a, b, "-f", definition, "--table", "notices", "--key", "2")).isZero();
    assertThat(out.toString()).contains("1 written");
  }
}
