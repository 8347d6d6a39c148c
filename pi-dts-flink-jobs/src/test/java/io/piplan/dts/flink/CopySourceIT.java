package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.LiveCopyTables;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
class CopySourceIT {
  private static final String SYNC = "copy-source";

  private final MySqlServer server;
  private final String from;
  private final String to;
  private JobClient job;

  CopySourceIT(Servers servers) {
    EmbeddedMySql database = servers.mySqlA();
    server =
        new MySqlServer(
            database.host(),
            database.port(),
            database.user(),
            new Secret.LiteralSecret(database.password()));
    from = database.createDatabase("copysource");
    to = database.createDatabase("copytarget");
  }

  @AfterEach
  void stop() throws Exception {
    if (job != null) {
      job.cancel().get();
    }
    execute("DROP DATABASE " + to);
    execute("DROP DATABASE " + from);
  }

  @Test
  void copiesAllTablesAndThoseThatComeLaterAndReadsAgainWhatWasLost() throws Exception {
    execute("CREATE TABLE " + from + ".a (id INT PRIMARY KEY, x VARCHAR(50))");
    execute(
        "INSERT INTO "
            + from
            + ".a SELECT seq, REPEAT('x', 50) FROM "
            + EmbeddedMySql.numbers(30000));
    execute("CREATE TABLE " + from + ".b (id INT, u INT UNIQUE, PRIMARY KEY (id))");
    execute("INSERT INTO " + from + ".b SELECT seq, seq FROM " + EmbeddedMySql.numbers(2500));
    execute("CREATE TABLE " + from + ".empty (id INT PRIMARY KEY)");
    execute("CREATE TABLE " + to + ".got (tab VARCHAR(64), id INT, PRIMARY KEY (tab, id))");
    // The writer fails once in the middle, with chunks read and not written.
    execute("CREATE TABLE " + to + ".bomb (at_rows INT)");
    execute("INSERT INTO " + to + ".bomb VALUES (9000)");
    start();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> number("SELECT COUNT(*) FROM " + to + ".got") == 32_500);
    await().atMost(Duration.ofSeconds(30)).until(() -> allDone(3));
    assertThat(number("SELECT COUNT(*) FROM " + to + ".bomb")).isZero();
    assertThat(number("SELECT SUM(copied_rows) FROM " + to + ".pi_dts_table")).isEqualTo(32_500);

    execute("CREATE TABLE " + from + ".`late 表` (id INT PRIMARY KEY)");
    execute("INSERT INTO " + from + ".`late 表` SELECT seq FROM " + EmbeddedMySql.numbers(1500));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> number("SELECT COUNT(*) FROM " + to + ".got") == 34_000);
    await().atMost(Duration.ofSeconds(30)).until(() -> allDone(4));
    assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void obeysTheRateLimitAndPause() throws Exception {
    execute("CREATE TABLE " + from + ".a (id INT PRIMARY KEY, x VARCHAR(50))");
    execute("INSERT INTO " + from + ".a SELECT seq, 'x' FROM " + EmbeddedMySql.numbers(100000));
    execute("CREATE TABLE " + to + ".got (tab VARCHAR(64), id INT, PRIMARY KEY (tab, id))");
    execute("CREATE TABLE " + to + ".bomb (at_rows INT)");
    execute(
        "CREATE TABLE "
            + to
            + ".pi_dts_control (sync VARCHAR(128) NOT NULL, name VARCHAR(64) NOT NULL,"
            + " value VARCHAR(256) NOT NULL, PRIMARY KEY (sync, name))");
    execute(
        "INSERT INTO " + to + ".pi_dts_control VALUES ('" + SYNC + "', 'copy.rate-limit', '2000')");
    start();
    String count = "SELECT COUNT(*) FROM " + to + ".got";
    await().atMost(Duration.ofSeconds(60)).until(() -> number(count) > 0);
    long began = System.nanoTime();
    long rows = number(count);
    await().atMost(Duration.ofSeconds(60)).until(() -> number(count) > rows + 8_000);
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat((number(count) - rows) / seconds).isBetween(500.0, 4_500.0);

    execute("INSERT INTO " + to + ".pi_dts_control VALUES ('" + SYNC + "', 'paused', 'true')");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              long before = number(count);
              Thread.sleep(4_000);
              return number(count) == before;
            });
    assertThat(number(count)).isLessThan(100_000);
    execute("UPDATE " + to + ".pi_dts_control SET value = 'false' WHERE name = 'paused'");
    execute("UPDATE " + to + ".pi_dts_control SET value = '0' WHERE name = 'copy.rate-limit'");
    await().atMost(Duration.ofSeconds(60)).until(() -> number(count) == 100_000);
  }

  private void start() throws Exception {
    Configuration settings = new Configuration();
    settings.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(200));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(2, settings);
    environment.enableCheckpointing(500);
    CopyOptions options =
        new CopyOptions(
            SYNC,
            server,
            server,
            to,
            new LiveCopyTables(
                server, new OneDatabase(from), Map.of(), LiveCopyTables.RowTests.ALL),
            LaneAssigner.of(java.util.List.of()),
            2,
            1_000,
            0,
            CopyLimits.NONE);
    environment
        .fromSource(new CopySource(options), WatermarkStrategy.noWatermarks(), "copy")
        .partitionCustom(
            (Integer writer, int writers) -> writer,
            element ->
                element instanceof CopyBatch batch ? batch.writer() : ((CopyEnd) element).writer())
        .process(new TargetRows(server, to), org.apache.flink.api.common.typeinfo.Types.VOID)
        .sinkTo(new DiscardingSink<>());
    job = environment.executeAsync("copy");
  }

  private boolean allDone(int tables) throws SQLException {
    return number("SELECT COUNT(*) FROM " + to + ".pi_dts_table WHERE done") == tables;
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = server.connect(Side.SOURCE);
        Statement statement = connection.createStatement()) {
      statement.execute("USE " + from);
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = server.connect(Side.SOURCE);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private record OneDatabase(String database) implements TableFilter {
    @Override
    public boolean includes(TableId table) {
      return includesDatabase(table.database());
    }

    @Override
    public boolean includesDatabase(String name) {
      return name.equals(database);
    }
  }

  /** Writes keys and chunk ends as a writer does; fails once when the target says so. */
  private static final class TargetRows extends ProcessFunction<StreamElement, Void> {
    private final MySqlServer server;
    private final String schema;
    private transient Connection connection;

    TargetRows(MySqlServer server, String schema) {
      this.server = server;
      this.schema = schema;
    }

    @Override
    public void processElement(StreamElement element, Context context, Collector<Void> out)
        throws Exception {
      if (connection == null) {
        connection = server.connect(Side.TARGET);
      }
      if (element instanceof CopyBatch batch) {
        write(batch);
        fail();
      } else {
        write((CopyEnd) element);
      }
    }

    private void write(CopyBatch batch) throws SQLException {
      connection.setAutoCommit(false);
      try (PreparedStatement statement =
          connection.prepareStatement(
              "INSERT IGNORE INTO " + schema + ".got (tab, id) VALUES (?, ?)")) {
        for (Row row : batch.unpack()) {
          statement.setString(1, batch.chunk().table().table());
          statement.setString(2, row.text(0));
          statement.addBatch();
        }
        statement.executeBatch();
      }
      connection.commit();
    }

    private void fail() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        int bombs =
            statement.executeUpdate(
                "DELETE FROM "
                    + schema
                    + ".bomb WHERE at_rows <= (SELECT COUNT(*) FROM "
                    + schema
                    + ".got)");
        connection.commit();
        if (bombs > 0) {
          throw new IllegalStateException("the writer was told to fail");
        }
      }
    }

    private void write(CopyEnd end) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement(
              "REPLACE INTO "
                  + schema
                  + ".pi_dts_copy (sync, db, tab, chunk, writers, writer, copied_rows, file, pos,"
                  + " done_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)")) {
        statement.setString(1, SYNC);
        statement.setString(2, end.chunk().table().database());
        statement.setString(3, end.chunk().table().table());
        statement.setInt(4, end.chunk().number());
        statement.setInt(5, end.writers());
        statement.setInt(6, end.writer());
        statement.setLong(7, end.rows());
        statement.setString(8, end.snapshot().file());
        statement.setLong(9, end.snapshot().position());
        statement.executeUpdate();
      }
      connection.commit();
    }

    @Override
    public void close() throws SQLException {
      if (connection != null) {
        connection.close();
      }
    }
  }
}
