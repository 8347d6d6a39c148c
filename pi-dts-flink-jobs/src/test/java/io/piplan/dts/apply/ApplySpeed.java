package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.Servers;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Measures one session: a bulk load, then mixed changes of 200-byte rows. Run by hand: {@code
 * ApplySpeed mysql|postgres [load rows] [changes]}.
 */
final class ApplySpeed {
  private static final int BATCH = 2_000;

  private final TargetSession session;
  private final TableMapping table;
  private final Random random = new Random(7);
  private long position = 4;
  private long used;
  private long cpu;

  private ApplySpeed(TargetSession session, TableMapping table) {
    this.session = session;
    this.table = table;
  }

  public static void main(String[] arguments) throws Exception {
    boolean mySql = arguments[0].equals("mysql");
    int rows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500_000;
    int changes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 400_000;
    try (Servers servers = new Servers()) {
      String ddl =
          " (id INT PRIMARY KEY, customer BIGINT, amount DECIMAL(12,2), created %s, name VARCHAR(60),"
              + " note VARCHAR(200))";
      Target target;
      String schema;
      if (mySql) {
        EmbeddedMySql server = servers.mySqlB();
        schema = server.createDatabase("speed");
        try (Connection connection = server.connect(schema);
            Statement statement = connection.createStatement()) {
          statement.execute("CREATE TABLE orders" + ddl.formatted("DATETIME(3)"));
        }
        Secret secret = new Secret.LiteralSecret(server.password());
        target =
            new MySqlTarget(
                new MySqlServer(server.host(), server.port(), server.user(), secret), schema);
      } else {
        EmbeddedPg server = servers.postgres();
        String database = server.createDatabase("speed");
        schema = "public";
        try (Connection connection = server.connect(database);
            Statement statement = connection.createStatement()) {
          statement.execute("CREATE TABLE orders" + ddl.formatted("TIMESTAMP(3)"));
        }
        Secret secret = new Secret.LiteralSecret(server.password());
        target =
            new PostgresTarget(
                new PostgresServer(server.host(), server.port(), database, server.user(), secret),
                schema);
      }
      try (TargetSession session = target.open()) {
        session.prepare();
        session.takeOver("speed", 0, 1);
        TableMapping table = mapping(schema, !mySql);
        session.map(table);
        new ApplySpeed(session, table).measure(rows, changes);
      }
    }
  }

  private static TableMapping mapping(String schema, boolean postgres) {
    List<Column> columns =
        List.of(
            Column.of("id", ColumnType.INT, "int", false),
            Column.of("customer", ColumnType.BIGINT, "bigint", true),
            Column.of("amount", ColumnType.DECIMAL, "decimal(12,2)", true),
            Column.of("created", ColumnType.DATETIME, "datetime(3)", true),
            Column.of("name", ColumnType.VARCHAR, "varchar(60)", true),
            Column.of("note", ColumnType.VARCHAR, "varchar(200)", true));
    List<String> types =
        postgres
            ? List.of("integer", "bigint", "numeric", "timestamp", "varchar", "varchar")
            : List.of("int", "bigint", "decimal", "datetime", "varchar", "varchar");
    TableSchema source =
        new TableSchema(
            new TableId("shop", "orders"), columns, List.of("id"), List.of(), List.of(), "");
    List<MappedColumn> mapped = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      mapped.add(new MappedColumn(i, columns.get(i), columns.get(i).name(), types.get(i)));
    }
    return new TableMapping(source, schema, "orders", mapped, mapped.subList(0, 1), false);
  }

  private Row row(int id) {
    return Row.of(
        "" + id,
        "" + random.nextInt(),
        random.nextInt(100_000) + ".25",
        "2024-05-06 07:08:09.123",
        "customer's name " + random.nextInt(),
        "x".repeat(120) + "'" + random.nextInt());
  }

  private void measure(int rows, int changes) {
    long start = System.nanoTime();
    int loaded = 0;
    while (loaded < rows) {
      List<Row> chunk = new ArrayList<>();
      for (int i = 0; i < 8_000; i++) {
        chunk.add(row(loaded++));
      }
      timed(() -> session.load(table, PackedRows.of(chunk)));
    }
    print("load", loaded);
    reload("as other", rows, id -> row(id));
    reload("as other", rows, this::sameEachTime);
    reload("as equal", rows, this::sameEachTime);
    reload("as half", 2 * rows, this::sameEachTime);
    for (String mix : List.of("insert", "update", "delete", "mixed", "mixed", "hot")) {
      changes(mix, mix.equals("hot") ? changes / 10 : changes, loaded);
      if (mix.equals("insert")) {
        loaded += changes;
      }
      if (mix.equals("delete")) {
        changes("insert", changes, loaded);
        loaded += changes;
      }
    }
    System.out.printf("all in %,d ms%n", (System.nanoTime() - start) / 1_000_000);
  }

  /** Loads rows again that are there already. */
  private void reload(String what, int rows, IntFunction<Row> row) {
    for (int from = 0; from < rows; from += 8_000) {
      List<Row> chunk = IntStream.range(from, Math.min(rows, from + 8_000)).mapToObj(row).toList();
      timed(() -> session.load(table, PackedRows.of(chunk)));
    }
    print("load " + what, rows);
  }

  private Row sameEachTime(int id) {
    return Row.of(
        "" + id,
        "" + id * 31,
        id % 100_000 + ".75",
        "2024-05-06 07:08:09.123",
        "customer's name " + id,
        "y".repeat(120) + "'" + id * 31);
  }

  private void changes(String mix, int count, int rows) {
    int next = rows;
    int oldest = 0;
    for (int done = 0; done < count; done += BATCH) {
      List<ChangeEvent> batch = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        int pick = random.nextInt(3);
        if (mix.equals("insert") || (mix.equals("mixed") && pick == 0)) {
          batch.add(change(Op.INSERT, null, row(next++)));
        } else if (mix.equals("delete") || (mix.equals("mixed") && pick == 1)) {
          batch.add(change(Op.DELETE, row(oldest++), null));
        } else {
          int id = mix.equals("hot") ? 1 : random.nextInt(rows);
          batch.add(change(Op.UPDATE, row(id), row(id)));
        }
      }
      timed(() -> session.apply(batch));
    }
    print(mix, count);
  }

  private void timed(Runnable work) {
    long begin = System.nanoTime();
    long cpuBegin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    work.run();
    session.commit(Lsn.boundary("binlog.000001", position), 0);
    used += System.nanoTime() - begin;
    cpu += ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBegin;
  }

  /** Besides the rate, what a row costs this side: on a busy machine that tells more. */
  private void print(String what, int count) {
    System.out.printf(
        "%-14s %,9d rows/s, %.1f µs CPU of the client a row%n",
        what + ":", Math.round(count * 1e9 / used), cpu / 1e3 / count);
    used = 0;
    cpu = 0;
  }

  private ChangeEvent change(Op op, Row before, Row after) {
    position += 10;
    return new ChangeEvent(
        table.source().id(),
        0,
        op,
        before,
        after,
        new Lsn("binlog.000001", position, 1, 1),
        Lsn.START,
        0);
  }
}
