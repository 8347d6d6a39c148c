package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.cli.demo.Shop;
import io.piplan.cli.demo.SqlResource;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.FlinkSyncControl;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The definitions of {@code sql/} that people start from, run as they are on servers of their own,
 * with the sample shop as the source.
 */
@Tag("chaos")
class SqlFilesIT {
  private static final String DATABASE = "shop";
  private static final Pattern NEEDED = Pattern.compile("CREATE TABLE public\\.[^;]*;");

  @TempDir static Path folder;
  private static EmbeddedMariaDb a;
  private static EmbeddedMariaDb b;
  private static EmbeddedPg pg;
  private static EmbeddedFlink flink;
  private static SecretLookup environment;

  @BeforeAll
  static void start() throws SQLException {
    a = EmbeddedMariaDb.start(MySqlOptions.defaults().withServerId(1));
    b = EmbeddedMariaDb.start(MySqlOptions.defaults().withServerId(2));
    pg = EmbeddedPg.start();
    flink = EmbeddedFlink.start(1, 4, Map.of());
    new Shop(account(a), DATABASE).create(2_000);
    for (EmbeddedDatabase target : List.of(b, pg)) {
      execute(target, "", "CREATE DATABASE " + DATABASE);
    }
    environment = new Environment(folder, Map.of("A", a, "B", b, "PG", pg));
  }

  @AfterAll
  static void stop() {
    flink.close();
    pg.close();
    b.close();
    a.close();
  }

  private static MySqlServer account(EmbeddedMariaDb server) {
    return new MySqlServer(
        server.host(), server.port(), server.user(), new Secret.LiteralSecret(server.password()));
  }

  private static void execute(EmbeddedDatabase server, String database, String sql)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(EmbeddedDatabase server, String sql) throws SQLException {
    try (Connection connection = server.connect(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      List<String> values = new ArrayList<>();
      for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
        values.add(row.getString(i));
      }
      return String.join(" ", values);
    }
  }

  /** The variables that the files ask for; a process cannot set its own. */
  private record Environment(Path folder, Map<String, EmbeddedDatabase> servers)
      implements SecretLookup {
    private static final Pattern NAME = Pattern.compile("PI_(A|B|PG)_(HOST|PORT|USER|PASSWORD)");

    @Override
    public String read(Secret secret) {
      if (!(secret instanceof Secret.EnvSecret variable)) {
        return secret.reveal();
      }
      Matcher name = NAME.matcher(variable.name());
      assertThat(name.matches()).as(variable.name()).isTrue();
      EmbeddedDatabase server = servers.get(name.group(1));
      return switch (name.group(2)) {
        case "HOST" -> server.host();
        case "PORT" -> String.valueOf(server.port());
        case "USER" -> server.user();
        default -> server.password();
      };
    }

    @Override
    public Secret secretOf(String value) {
      Secret secret = SecretLookup.super.secretOf(value);
      if (!(secret instanceof Secret.EnvSecret variable)) {
        return secret;
      }
      try {
        Path file = folder.resolve(variable.name());
        Files.writeString(file, read(secret));
        return new Secret.FileSecret(file.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Something to be looked at while the syncs of a file run. */
  private interface Look {
    void at() throws Exception;
  }

  private static void run(String file, Look look) throws Exception {
    Path state = folder.resolve("state-" + file);
    try (DefinitionLauncher launcher = new DefinitionLauncher(environment);
        SyncControl control = new FlinkSyncControl(state, environment, Clock.systemUTC())) {
      List<String> names =
          launcher.start(
              "sql/" + file,
              new SqlResource(file).text(),
              new FlinkRuntime.Attached(flink.rest().toString(), state),
              SyncLauncher.Start.CONTINUE);
      look.at();
      for (String name : names) {
        assertThat(control.stop(name)).contains("savepoint");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"mysql-to-mysql.sql, false", "mysql-to-postgres.sql, true"})
  void wholeDatabase(String file, boolean postgres) throws Exception {
    DatabaseRef target =
        postgres
            ? new DatabaseRef(
                new PostgresServer(
                    pg.host(),
                    pg.port(),
                    DATABASE,
                    pg.user(),
                    new Secret.LiteralSecret(pg.password())),
                "public")
            : new DatabaseRef(account(b), DATABASE);
    run(
        file,
        () -> {
          execute(a, DATABASE, "UPDATE products SET stock = stock + 1 WHERE id % 7 = 0");
          await()
              .atMost(Duration.ofSeconds(60))
              .ignoreExceptions()
              .untilAsserted(
                  () -> {
                    DiffReport report =
                        new Diff(
                                new DatabaseRef(account(a), DATABASE),
                                target,
                                DiffOptions.defaults())
                            .run(DiffProgress.NONE);
                    assertThat(report.tables()).hasSize(Shop.TABLES.size());
                    assertThat(report.differences()).as(report.toText()).isZero();
                  });
        });
  }

  /** Makes the tables that the comments of a file say it needs. */
  private static void makeTables(String file) throws SQLException {
    Matcher needed = NEEDED.matcher(new SqlResource(file).text());
    int made = 0;
    while (needed.find()) {
      execute(pg, DATABASE, needed.group());
      made++;
    }
    assertThat(made).isPositive();
  }

  private static void awaitSame(String atSource, String atTarget) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(one(pg, atTarget)).isEqualTo(one(a, atSource)));
  }

  @Test
  void plainInserts() throws Exception {
    makeTables("plain-insert.sql");
    run(
        "plain-insert.sql",
        () -> {
          execute(a, DATABASE, "UPDATE customers SET name = '改名' WHERE id < 10");
          awaitSame(
              "SELECT COUNT(*), CAST(SUM(total * 100) AS SIGNED), SUM(CRC32(UPPER(state)) > 0)"
                  + " FROM orders",
              "SELECT COUNT(*), SUM(cents), COUNT(state) FROM orders_slim");
          awaitSame(
              "SELECT COUNT(*), SUM(name = '改名') FROM customers",
              "SELECT COUNT(*), SUM((name = '改名')::int) FROM customer_names");
        });
  }

  @Test
  void definitionsForTheStockConnector() throws Exception {
    makeTables("stock-mysql-cdc.sql");
    run(
        "stock-mysql-cdc.sql",
        () -> {
          execute(a, DATABASE, "UPDATE orders SET total = total + 1 WHERE id < 10");
          awaitSame(
              "SELECT COUNT(*), SUM(total), SUM(state = '') FROM orders",
              "SELECT COUNT(*), SUM(total), SUM((state = '')::int) FROM orders_copy");
        });
  }
}
