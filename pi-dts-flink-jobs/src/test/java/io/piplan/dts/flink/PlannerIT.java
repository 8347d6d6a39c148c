package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.InsertRewriter;
import io.piplan.dts.sql.InsertRewriter.Rewritten;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.StatementSet;
import io.piplan.dts.sql.SyncExpansion;
import io.piplan.dts.sql.TwinTables;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Catalogs on real servers, under Flink's real planner. */
@ExtendWith(ServersExtension.class)
class PlannerIT {
  @TempDir private Path secrets;
  private final Servers servers;
  private final List<SourceRequest> read = new ArrayList<>();
  private final List<SinkRequest> written = new ArrayList<>();
  private final StreamExecutionEnvironment job =
      StreamExecutionEnvironment.getExecutionEnvironment();
  private final StreamTableEnvironment planner = StreamTableEnvironment.create(job);
  private String shop;
  private String target;
  private String catalogs;
  private Definition definition;

  PlannerIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void databases() throws SQLException {
    shop = servers.mySqlA().createDatabase("shop");
    target = servers.postgres().createDatabase("shop");
    run(
        servers.mySqlA(),
        shop,
        "CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL COMMENT 'number', code CHAR(5),"
            + " title VARCHAR(30) COLLATE utf8mb4_general_ci, price DECIMAL(10,2),"
            + " big DECIMAL(65,30), took TIME(6), made YEAR, flags BIT(9), tiny TINYINT UNSIGNED,"
            + " at DATETIME(3), seen TIMESTAMP(6) NULL, doc JSON, kind ENUM('a','b'), raw BLOB,"
            + " twice DECIMAL(11,2) AS (price * 2) STORED, PRIMARY KEY (id)) COMMENT 'the orders'",
        "CREATE TABLE `no key` (a INT, b FLOAT)");
    run(
        servers.postgres(),
        target,
        "CREATE TABLE orders (id numeric(20,0) PRIMARY KEY, code varchar(5), title varchar(30),"
            + " price numeric(10,2), big numeric(65,30), took interval(6), made smallint,"
            + " flags bit(9), tiny smallint, at timestamp(3), seen timestamptz(6), doc jsonb,"
            + " kind text, raw bytea, twice numeric(11,2))",
        "COMMENT ON TABLE orders IS 'copied'",
        "COMMENT ON COLUMN orders.id IS 'number'",
        "CREATE TABLE short (id bigint PRIMARY KEY, title varchar(3), ok boolean DEFAULT true)",
        "CREATE TABLE totals (title text PRIMARY KEY, total numeric(20,2))",
        "CREATE TABLE \"no key\" (a integer, b real)");
    catalogs =
        catalog("mysql_a", "pi-mysql", servers.mySqlA(), shop)
            + catalog("pg_b", "pi-postgres", servers.postgres(), target);
    definition = Definition.parse("test.sql", catalogs, SecretLookup.ofProcess());
    JobStreams streams = new JobStreams(this::rows, this::consume);
    new PlannerSetup(streams, SecretLookup.ofProcess()).install(planner, definition.catalogs());
  }

  private String catalog(String name, String type, EmbeddedDatabase server, String db) {
    return "CREATE CATALOG "
        + name
        + " WITH ('type'='"
        + type
        + "', 'hostname'='"
        + server.host()
        + "', 'port'='"
        + server.port()
        + "', 'username'='"
        + server.user()
        + "', 'password'='"
        + reference(name, server)
        + "', 'default-database'='"
        + db
        + "');\n";
  }

  private String reference(String name, EmbeddedDatabase server) {
    try {
      return "${file:" + Files.writeString(secrets.resolve(name), server.password()) + "}";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataStream<RowData> rows(
      SourceRequest request,
      org.apache.flink.table.connector.ProviderContext context,
      StreamExecutionEnvironment environment) {
    read.add(request);
    return environment.fromData(
        Types.GENERIC(RowData.class),
        new org.apache.flink.table.data.GenericRowData(request.produced().getFieldCount()));
  }

  private org.apache.flink.streaming.api.datastream.DataStreamSink<?> consume(
      SinkRequest request,
      DataStream<RowData> rows,
      org.apache.flink.table.connector.ProviderContext context) {
    written.add(request);
    return rows.sinkTo(new DiscardingSink<>());
  }

  private static void run(EmbeddedDatabase server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        java.sql.Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private void translate(String insert) {
    var set = planner.createStatementSet();
    set.addInsertSql(insert);
    set.attachAsDataStream();
  }

  private Rewritten rewrite(String insert) {
    return new InsertRewriter(new PlannerTables(planner)).rewrite(insert);
  }

  @Test
  void catalogsShowTheDatabaseAsItIs() {
    assertThat(planner.executeSql("SHOW TABLES FROM mysql_a." + shop).collect())
        .toIterable()
        .extracting(row -> row.getField(0))
        .containsExactlyInAnyOrder("no key", "orders");
    String mysql = describe("SHOW CREATE TABLE mysql_a." + shop + ".orders");
    assertThat(mysql)
        .contains("COMMENT 'the orders'")
        .contains("`id` DECIMAL(20, 0) NOT NULL COMMENT 'number'")
        .contains("`code` CHAR(5)")
        .contains("`title` VARCHAR(30)")
        .contains("`big` VARCHAR(2147483647)")
        .contains("`took` VARCHAR(2147483647)")
        .contains("`made` SMALLINT")
        .contains("`flags` VARBINARY(2147483647)")
        .contains("`tiny` SMALLINT")
        .contains("`at` TIMESTAMP(3)")
        .contains("`seen` TIMESTAMP(6) WITH LOCAL TIME ZONE")
        .contains("PRIMARY KEY (`id`) NOT ENFORCED")
        .doesNotContain("password");
    String postgres = describe("SHOW CREATE TABLE pg_b.public.orders");
    assertThat(postgres)
        .contains("COMMENT 'copied'")
        .contains("`id` DECIMAL(20, 0) NOT NULL COMMENT 'number'")
        .contains("`title` VARCHAR(30)")
        .contains("`price` DECIMAL(10, 2)")
        .contains("`big` VARCHAR(2147483647)")
        .contains("`at` TIMESTAMP(3)")
        .contains("`seen` TIMESTAMP(6) WITH LOCAL TIME ZONE")
        .contains("PRIMARY KEY (`id`) NOT ENFORCED");
    assertThat(describe("SHOW CREATE TABLE pg_b.public.short")).contains("`ok` BOOLEAN");
  }

  private String describe(String statement) {
    return String.valueOf(planner.executeSql(statement).collect().next().getField(0));
  }

  @Test
  void rowByRowInsertsCarryTheirPosition() {
    Rewritten rewritten =
        rewrite("INSERT INTO pg_b.public.orders SELECT * FROM mysql_a." + shop + ".orders");
    assertThat(rewritten.exactlyOnce()).as(rewritten.reason()).isTrue();
    translate(rewritten.sql());
    assertThat(read).hasSize(1);
    assertThat(read.get(0).metadata()).containsExactly(RowMetadata.PI_LSN);
    assertThat(read.get(0).table()).isEqualTo("orders");
    SinkRequest sink = written.get(0);
    assertThat(sink.hasLsn()).isTrue();
    TableSchema live =
        new LiveTables(sink.server(), Side.TARGET).read(new TableId("public", "orders"));
    TableMapping mapping = sink.mapping(live);
    assertThat(mapping.columns()).hasSize(15);
    assertThat(mapping.columns().get(0).targetType()).isEqualTo("numeric");
    assertThat(mapping.key()).extracting(MappedColumn::targetName).containsExactly("id");
    assertThat(mapping.otherUniqueKeys()).isFalse();
  }

  @Test
  void someColumnsWithTransforms() {
    Rewritten rewritten =
        rewrite(
            "INSERT INTO pg_b.public.short (id, title) SELECT CAST(o.id AS BIGINT), UPPER(title)"
                + " FROM mysql_a."
                + shop
                + ".orders /*+ OPTIONS('scan.startup.mode'='latest-offset') */ AS o"
                + " WHERE o.price > 5 AND title <> 'FROM'");
    assertThat(rewritten.exactlyOnce()).as(rewritten.reason()).isTrue();
    translate(rewritten.sql());
    assertThat(written.get(0).written()).containsExactlyInAnyOrder("id", "title");
    assertThat(read.get(0).scan().startup().mode().name()).isEqualTo("LATEST_OFFSET");
    assertThat(read.get(0).physical().getFieldNames()).contains("id", "title", "price");
    assertThat(read.get(0).physical().getFieldNames()).doesNotContain("big");
    // Text is not cut to three characters by the planner: that is for the database to refuse.
    assertThat(planner.explainSql(rewritten.sql()))
        .doesNotContain("VARCHAR(3)")
        .doesNotContain("upsertMaterialize");
  }

  @Test
  void aggregatesAreUpsertsAndSaySo() {
    Rewritten rewritten =
        rewrite(
            "INSERT INTO pg_b.public.totals SELECT title, SUM(price) FROM mysql_a."
                + shop
                + ".orders GROUP BY title");
    assertThat(rewritten.exactlyOnce()).isFalse();
    assertThat(rewritten.reason()).isEqualTo("it has the aggregate function SUM");
    assertThat(rewritten.sql()).contains("`totals$upsert`");
    translate(rewritten.sql());
    assertThat(written.get(0).hasLsn()).isFalse();
  }

  @Test
  void plainTablesOfFlinkCdcKeepTheirPositionsToo() {
    EmbeddedDatabase server = servers.mySqlA();
    String connection =
        "'hostname'='"
            + server.host()
            + "', 'port'='"
            + server.port()
            + "', 'username'='"
            + server.user()
            + "', 'password'='"
            + server.password()
            + "', ";
    String source =
        "CREATE TABLE src (id DECIMAL(20,0), title STRING, PRIMARY KEY (id) NOT ENFORCED) WITH"
            + " ('connector'='mysql-cdc', "
            + connection
            + "'database-name'='"
            + shop
            + "', 'table-name'='orders', 'scan.incremental.snapshot.chunk.size'='100')";
    EmbeddedDatabase pg = servers.postgres();
    String sink =
        "CREATE TABLE dst (id DECIMAL(20,0), title STRING, PRIMARY KEY (id) NOT ENFORCED) WITH"
            + " ('connector'='pi-postgres', 'hostname'='"
            + pg.host()
            + "', 'port'='"
            + pg.port()
            + "', 'username'='"
            + pg.user()
            + "', 'password'='"
            + pg.password()
            + "', 'database-name'='"
            + target
            + "', 'table-name'='orders')";
    for (String table : List.of(source, sink)) {
      planner.executeSql(table);
      TwinTables.statements(table).forEach(planner::executeSql);
    }
    Rewritten rewritten = rewrite("INSERT INTO dst SELECT * FROM src");
    assertThat(rewritten.exactlyOnce()).as(rewritten.reason()).isTrue();
    translate(rewritten.sql());
    assertThat(read.get(0).database()).isEqualTo(shop);
    assertThat(read.get(0).scan().ineffective())
        .containsExactly("scan.incremental.snapshot.chunk.size");
    assertThat(written.get(0).table()).isEqualTo(new TableId("public", "orders"));
    assertThat(written.get(0).hasLsn()).isTrue();
  }

  @Test
  void expansionsOfSyncsRunAsTheyArePrinted() {
    Definition sync =
        Definition.parse(
            "test.sql",
            catalogs
                + "SYNC DATABASE mysql_a."
                + shop
                + " TO pg_b.public WHERE (orders: price BETWEEN 1 AND 5.5 AND title LIKE 'a%')"
                + " WITH ('server-id'='77')",
            SecretLookup.ofProcess());
    LiveTables live = new LiveTables(definition.catalogs().get(0).settings().server(), Side.SOURCE);
    List<TableSchema> schemas =
        live.tables(shop).stream().map(name -> live.read(new TableId(shop, name))).toList();
    List<String> statements = new SyncExpansion(sync).statements(sync.syncs().get(0), schemas);
    assertThat(String.join(";\n", statements))
        .contains("'password'='" + reference("pg_b", servers.postgres()) + "'");
    String printed = statements.get(statements.size() - 1);
    Statement set =
        Definition.parse("explained", printed, SecretLookup.ofProcess()).statements().get(0);
    for (FlinkStatement insert : ((StatementSet) set).inserts()) {
      translate(rewrite(insert.resolved()).sql());
    }
    assertThat(written)
        .extracting(SinkRequest::table)
        .extracting(TableId::table)
        .containsExactlyInAnyOrder("orders", "no key");
    assertThat(written).allMatch(SinkRequest::hasLsn);
  }

  @Test
  void aLogHasOneInsertedRowForEachChange() {
    translate(
        "INSERT INTO pg_b.public.short (id) SELECT CAST(id AS BIGINT) FROM mysql_a."
            + shop
            + ".`orders$changes` WHERE row_kind <> 'x'");
    TableSchema schema =
        new LiveTables(definition.catalogs().get(0).settings().server(), Side.SOURCE)
            .read(new TableId(shop, "orders"));
    Row before = row(schema, "1");
    Row after = row(schema, "2");
    List<String> rows = new ArrayList<>();
    ChangeRows log = new ChangeRows(schema, read.get(0));
    for (Op op : Op.values()) {
      log.change(
          new ChangeEvent(
              schema.id(),
              0,
              op,
              op == Op.INSERT ? null : before,
              op == Op.DELETE ? null : after,
              new Lsn("binlog.000003", 4711, 3, 1),
              Lsn.START,
              0),
          row ->
              rows.add(
                  row.getRowKind().shortString()
                      + " "
                      + row.getDecimal(0, 20, 0)
                      + " "
                      + row.getString(1)));
    }
    assertThat(rows).containsExactlyInAnyOrder("+I 2 +I", "+I 2 +U", "+I 1 -D");
  }

  @Test
  void aLogIsNotAppliedAsIfItWereTheTable() {
    assertThatThrownBy(
            () ->
                translate(
                    "INSERT INTO pg_b.public.`short$apply` (id, pi_lsn) SELECT CAST(id AS BIGINT),"
                        + " pi_lsn FROM mysql_a."
                        + shop
                        + ".`orders$changes`"))
        .hasMessageContaining("deleted rows would come back")
        .hasMessageContaining("$stream");
  }

  private static Row row(TableSchema schema, String id) {
    byte[][] values = new byte[schema.columns().size()][];
    values[0] = id.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    return new Row(values);
  }

  @Test
  void changesBecomeRowsWithTheirPosition() {
    translate(
        rewrite(
                "INSERT INTO pg_b.public.\"x\" SELECT 1"
                    .replace("\"x\"", "short (id) ")
                    .replace(
                        "SELECT 1", "SELECT CAST(id AS BIGINT) FROM mysql_a." + shop + ".orders"))
            .sql());
    TableSchema schema =
        new LiveTables(definition.catalogs().get(0).settings().server(), Side.SOURCE)
            .read(new TableId(shop, "orders"));
    Row values = row(schema, "18446744073709551615");
    Lsn lsn = new Lsn("binlog.000003", 4711, 3, 1);
    RowData row = new ChangeRows(schema, read.get(0)).copied(values, lsn);
    assertThat(row.getDecimal(0, 20, 0).toString()).isEqualTo("18446744073709551615");
    assertThat(LsnText.decode(row.getString(1).toString())).isEqualTo(lsn);
  }
}
