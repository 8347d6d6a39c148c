package io.piplan.dts.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ServersExtension.class)
class CopyIT {
  private static final int WRITERS = 3;

  private final EmbeddedMySql database;
  private final MySqlServer server;
  private final String schema;
  private Connection connection;

  CopyIT(Servers servers) {
    database = servers.mySqlA();
    server =
        new MySqlServer(
            database.host(),
            database.port(),
            database.user(),
            new Secret.LiteralSecret(database.password()));
    schema = database.createDatabase("copy");
  }

  @BeforeEach
  void connect() throws SQLException {
    connection = server.connect(Side.SOURCE);
    execute("CREATE TABLE " + schema + ".numbers (seq INT PRIMARY KEY)");
    execute(
        "INSERT INTO "
            + schema
            + ".numbers VALUES "
            + IntStream.rangeClosed(1, 6050)
                .mapToObj(i -> "(" + i + ")")
                .collect(Collectors.joining(", ")));
  }

  @AfterEach
  void drop() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE " + schema);
    }
    connection.close();
  }

  @Test
  void rowsAreInCanonicalForm() throws Exception {
    execute(
        "CREATE TABLE "
            + schema
            + ".t (id INT PRIMARY KEY, z INT(6) ZEROFILL, b BIGINT UNSIGNED,"
            + " d DECIMAL(65,30), f FLOAT, g DOUBLE(10,2), bt BIT(10), y YEAR, dt DATE, tm TIME(3),"
            + " dtm DATETIME(6), ts TIMESTAMP(2) NULL, ch CHAR(5), vc VARCHAR(20) CHARACTER SET"
            + " latin1, tx TEXT, e ENUM('a','中'), s SET('x','y'), j JSON, bn BINARY(4), bl BLOB,"
            + " p POINT, gen INT AS (id + 1) VIRTUAL, inv INT INVISIBLE DEFAULT 4)");
    execute("SET time_zone = '+08:00'");
    execute(
        "INSERT INTO "
            + schema
            + ".t (id, z, b, d, f, g, bt, y, dt, tm, dtm, ts, ch, vc, tx, e, s,"
            + " j, bn, bl, p) VALUES (1, 42, 18446744073709551615, '-12345.000000000000000000000000"
            + "000001', 16777216.5, 1.5, b'1000000001', 1901, '1000-01-01', '-838:59:58.999',"
            + " '9999-12-31 23:59:59.999999', '2020-01-01 08:00:00.25', 'a b  ', 'é', '😀\\\\',"
            + " '中', 'x,y', '{\"k\": [1]}', 'ab', X'00FF27', ST_GeomFromText('POINT(1 2)')),"
            + " (2, NULL, NULL, NULL, 1.1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
            + " NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
    List<Row> rows = readAll("t", 1000).rows;
    assertThat(rows).hasSize(2);
    Row row = rows.stream().filter(r -> r.text(0).equals("1")).findFirst().orElseThrow();
    List<String> text = new ArrayList<>();
    for (int i : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 21, 22}) {
      text.add(row.text(i));
    }
    assertThat(text)
        .containsExactly(
            "42",
            "18446744073709551615",
            "-12345.000000000000000000000000000001",
            "16777216",
            "1.5",
            "1901",
            "1000-01-01",
            "-838:59:58.999",
            "9999-12-31 23:59:59.999999",
            "2020-01-01 00:00:00.25",
            "a b",
            "é",
            "😀\\",
            "中",
            "x,y",
            "{\"k\": [1]}",
            "2",
            "4");
    assertThat(hex(row, 6)).isEqualTo("0201");
    assertThat(hex(row, 18)).isEqualTo("61620000");
    assertThat(hex(row, 19)).isEqualTo("00ff27");
    assertThat(hex(row, 20))
        .isEqualTo("00000000" + "0101000000" + "000000000000f03f" + "0000000000000040");
    Row other = rows.stream().filter(r -> r.text(0).equals("2")).findFirst().orElseThrow();
    assertThat(other.text(4)).isEqualTo("1.1");
    assertThat(other.value(3)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "k INT, PRIMARY KEY (k)|(CAST(seq AS SIGNED) * 3 - 9000)",
        "k BIGINT UNSIGNED, PRIMARY KEY (k)|(IF(seq % 2 = 0, seq, 18446744073709551615 - seq))",
        "k BIGINT, PRIMARY KEY (k)|(IF(seq < 5900, seq, seq * 1000000007))",
        "k VARCHAR(30), PRIMARY KEY (k)|(CONCAT(ELT(seq % 4 + 1, '中文', 'é', 'Z''x', 'a\\\\'), seq))",
        "k VARCHAR(30) CHARACTER SET latin1, PRIMARY KEY (k)|(CONCAT('ü', seq))",
        "k VARBINARY(9), PRIMARY KEY (k)|(UNHEX(LPAD(HEX(seq * 7), 18, '0')))",
        "k DATETIME(3), PRIMARY KEY (k)|('2020-01-01' + INTERVAL seq * 77 SECOND)",
        "k DECIMAL(12,3), PRIMARY KEY (k)|(seq * -1.5)",
        "k INT NOT NULL, UNIQUE KEY `odd ``name` (k)|(seq)",
        "k INT, l VARCHAR(9), m DATE, PRIMARY KEY (k, l, m)"
            + "|(seq DIV 2500), CONCAT('l', seq % 50), '2020-01-01' + INTERVAL seq DAY",
        "k ENUM('a','b'), l INT, PRIMARY KEY (k, l)|(seq % 2 + 1), seq",
        "k INT, l ENUM('a','b'), PRIMARY KEY (k, l)|(seq DIV 2), seq % 2 + 1",
      })
  void everyRowIsInOneChunkWhileOthersInsert(String layout) throws Exception {
    String[] parts = layout.split("\\|", 2);
    execute(
        "CREATE TABLE "
            + schema
            + ".`t``1` ("
            + parts[0].replaceFirst("(, (PRIMARY|UNIQUE))", ", v INT$1")
            + ")");
    execute(
        "INSERT INTO "
            + schema
            + ".`t``1` SELECT "
            + keyThenValue(parts)
            + " FROM numbers WHERE seq <= 6000");
    Read read =
        readAll(
            "t`1",
            500,
            () ->
                execute(
                    "INSERT IGNORE INTO "
                        + schema
                        + ".`t``1` SELECT "
                        + keyThenValue(parts)
                        + " FROM numbers WHERE seq > 6000"));
    TableSchema table = table("t`1");
    Map<Integer, Integer> seen = new HashMap<>();
    int value = table.indexOf("v");
    read.rows.forEach(row -> seen.merge(Integer.parseInt(row.text(value)), 1, Integer::sum));
    assertThat(seen.values()).containsOnly(1);
    for (int i = 1; i <= 6000; i++) {
      assertThat(seen).containsKey(i);
    }
    assertThat(read.ends.values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(read.rows.size());
    if (!parts[0].startsWith("k ENUM")) {
      assertThat(read.chunks).isBetween(4, 40);
    }
  }

  /** What the server knows of the number of rows may be of long ago. */
  @ParameterizedTest
  @ValueSource(ints = {0, 600, 1100})
  void aTableThatGrewUnseenIsNoSingleChunk(int counted) throws Exception {
    execute(
        "CREATE TABLE "
            + schema
            + ".t (k INT PRIMARY KEY, v VARCHAR(50)) STATS_PERSISTENT=1, STATS_AUTO_RECALC=0");
    String rows = "INSERT INTO " + schema + ".t SELECT 4 * seq, 'mine' FROM numbers WHERE seq ";
    execute(rows + "<= " + counted);
    execute("ANALYZE TABLE " + schema + ".t");
    execute(rows + "> " + counted);
    // What was counted while rows came is forgotten then.
    execute("ALTER TABLE " + schema + ".t ADD COLUMN w INT");
    Read read = readAll("t", 500);
    assertThat(read.rows).hasSize(6050);
    assertThat(read.chunks).isBetween(4, 40);
  }

  /** Else the first rows of a slow copy would come when all of a batch have been waited for. */
  @Test
  void aLimitMakesBatchesSmall() throws Exception {
    TableSchema table = table("numbers");
    List<Integer> waited = new ArrayList<>();
    RateLimit limit =
        new RateLimit() {
          @Override
          public void took(int rows, long bytes) {
            waited.add(rows);
          }

          @Override
          public boolean isEnough(int rows, long bytes) {
            return rows >= 100;
          }
        };
    int rows = 0;
    try (ChunkReader reader = new ChunkReader(server, Duration.ofSeconds(10), limit)) {
      reader.open(
          new ChunkPlanner(connection, table, 100_000).first(0),
          CopiedTable.of(table),
          router(table));
      for (Optional<StreamElement> e = reader.next(); e.isPresent(); e = reader.next()) {
        if (e.get() instanceof CopyBatch batch) {
          assertThat(batch.rows()).isLessThanOrEqualTo(100);
          rows += batch.rows();
          assertThat(waited.stream().mapToInt(Integer::intValue).sum())
              .isBetween(rows, rows + WRITERS * 100);
        }
      }
    }
    assertThat(rows).isEqualTo(6050);
  }

  private static String keyThenValue(String[] parts) {
    return parts[1] + ", seq";
  }

  /**
   * Each transaction adds 1 to a counter and to another table, so the counter in a snapshot must be
   * the number of transactions that the binlog holds before the snapshot's place.
   */
  @Test
  void aSnapshotIsExactlyItsPlaceInTheBinlog() throws Exception {
    execute("CREATE TABLE " + schema + ".counter (id INT PRIMARY KEY, n INT)");
    execute("INSERT INTO " + schema + ".counter VALUES (1, 0), (2, 0), (3, 0)");
    Lsn begin = end();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (int id = 1; id <= 3; id++) {
      int row = id;
      Thread writer = new Thread(() -> count(row, stop));
      writer.start();
      writers.add(writer);
    }
    List<long[]> sums = new ArrayList<>();
    List<Lsn> places = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Read read = readAll("counter", 1000);
        places.add(read.snapshot);
        sums.add(new long[] {read.rows.stream().mapToLong(r -> Long.parseLong(r.text(1))).sum()});
      }
    } finally {
      stop.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
    }
    List<Long> commits = commitsAfter(begin);
    for (int i = 0; i < places.size(); i++) {
      long place = places.get(i).position();
      assertThat(places.get(i).file()).isEqualTo(begin.file());
      assertThat(commits.stream().filter(end -> end <= place).count()).isEqualTo(sums.get(i)[0]);
    }
    assertThat(sums.get(sums.size() - 1)[0]).isGreaterThan(100);
  }

  @Test
  void aTableWithoutTransactionsIsLockedWhileItIsRead() throws Exception {
    execute("CREATE TABLE " + schema + ".m (id INT PRIMARY KEY) ENGINE=MyISAM");
    execute("INSERT INTO " + schema + ".m VALUES (1), (2)");
    Read read = readAll("m", 10);
    assertThat(read.rows).hasSize(2);
    assertThat(read.snapshot).isEqualTo(end());
    execute("INSERT INTO " + schema + ".m VALUES (3)");
    assertThat(readAll("m", 10).rows).hasSize(3);
  }

  @Test
  void aMissingTableIsSaid() throws Exception {
    execute("CREATE TABLE " + schema + ".gone (id INT PRIMARY KEY)");
    TableSchema table = table("gone");
    execute("DROP TABLE " + schema + ".gone");
    Chunk chunk =
        new Chunk(new io.piplan.dts.ChunkId(table.id(), 0), Optional.empty(), Optional.empty());
    try (ChunkReader reader = new ChunkReader(server, Duration.ofSeconds(10), RateLimit.NONE)) {
      assertThatThrownBy(() -> reader.open(chunk, CopiedTable.of(table), router(table)))
          .isInstanceOfSatisfying(
              DtsException.class,
              e -> assertThat(e.error()).isEqualTo(DtsError.SOURCE_MISSING_TABLE));
    }
  }

  private void count(int id, AtomicBoolean stop) {
    try (Connection own = server.connect(Side.SOURCE);
        Statement statement = own.createStatement()) {
      while (!stop.get()) {
        statement.execute("UPDATE " + schema + ".counter SET n = n + 1 WHERE id = " + id);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where transactions end that came after a place. */
  private List<Long> commitsAfter(Lsn begin) throws SQLException {
    List<Long> ends = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SHOW BINLOG EVENTS IN '" + begin.file() + "' FROM " + begin.position())) {
      while (rows.next()) {
        if (rows.getString("Event_type").equals("Xid")) {
          ends.add(rows.getLong("End_log_pos"));
        }
      }
    }
    return ends;
  }

  private Lsn end() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                new MySqlSchemaReader(connection).isMariaDb()
                    ? "SHOW MASTER STATUS"
                    : "SHOW BINARY LOG STATUS")) {
      row.next();
      return Lsn.boundary(row.getString(1), row.getLong(2));
    }
  }

  /** What reading a table gave. */
  private static final class Read {
    private final List<Row> rows = new ArrayList<>();
    private final Map<Integer, Long> ends = new HashMap<>();
    private Lsn snapshot;
    private int chunks;
  }

  /** Something done between two chunks. */
  private interface Between {
    void run() throws SQLException;
  }

  private Read readAll(String name, int rowsPerChunk) throws Exception {
    return readAll(name, rowsPerChunk, () -> {});
  }

  private Read readAll(String name, int rowsPerChunk, Between between) throws Exception {
    TableSchema table = table(name);
    ChunkPlanner planner = new ChunkPlanner(connection, table, rowsPerChunk);
    Read read = new Read();
    try (ChunkReader reader = new ChunkReader(server, Duration.ofSeconds(10), RateLimit.NONE)) {
      Chunk chunk = planner.first(0);
      while (true) {
        reader.open(chunk, CopiedTable.of(table), router(table));
        Optional<StreamElement> element = reader.next();
        while (element.isPresent()) {
          take(element.get(), read, table);
          element = reader.next();
        }
        read.chunks++;
        if (chunk.isLast()) {
          return read;
        }
        between.run();
        chunk = planner.after(chunk, read.chunks);
      }
    }
  }

  private static void take(StreamElement element, Read read, TableSchema table) {
    if (element instanceof CopyBatch batch) {
      read.snapshot = batch.snapshot();
      for (Row row : batch.unpack()) {
        assertThat(router(table).writer(row)).isEqualTo(batch.writer());
        read.rows.add(row);
      }
    } else {
      CopyEnd end = (CopyEnd) element;
      read.ends.merge(end.writer(), end.rows(), Long::sum);
    }
  }

  private static RowRouter router(TableSchema table) {
    return new RowRouter(table, LaneAssigner.of(List.of(table)), WRITERS);
  }

  private TableSchema table(String name) {
    return new MySqlSchemaReader(connection).read(new TableId(schema, name)).schema();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("USE " + schema);
      statement.execute(sql);
    }
  }

  private static String hex(Row row, int column) {
    return HexFormat.of().formatHex(row.value(column));
  }
}
