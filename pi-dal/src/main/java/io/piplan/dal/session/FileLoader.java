package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.FileRows;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.FileShards;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.LoadStatement;
import io.piplan.dal.tx.Transaction;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * LOAD DATA LOCAL INFILE: sends each row of a file to its actual tables, some megabytes at a time,
 * in one transaction. A node loads its rows by the same statement, so that values, errors and
 * warnings are its own.
 */
final class FileLoader {
  /** So many bytes of rows are in memory at a time, of all actual tables together. */
  private static final int MOST_WAITING = 4 << 20;

  private static final Pattern INFO =
      Pattern.compile("Records: (\\d+)\\s+Deleted: (\\d+)\\s+Skipped: (\\d+)\\s+Warnings: (\\d+)");

  private final LoadStatement load;
  private final RulesVersion version;
  private final TableIds ids;
  private final LogicalTable table;
  private final TableShape shape;
  private final List<String> columns;
  private final Map<ActualTable, Waiting> waiting = new HashMap<>();
  private final int idAt;
  private long mostId;
  private int waitingBytes;
  private final long[] info = new long[4];
  private long affected;
  private long lastInsertId;
  private int warnings;

  /** Rows for one actual table that it doesn't have yet. */
  private static final class Waiting {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long[] numbers = new long[64];
    private int rows;

    void add(FileCutter cutter) {
      bytes.write(cutter.row(), 0, cutter.rowSize());
      if (rows == numbers.length) {
        numbers = Arrays.copyOf(numbers, rows * 2);
      }
      numbers[rows++] = cutter.number();
    }
  }

  private FileLoader(
      LoadStatement load,
      RulesVersion version,
      TableIds ids,
      LogicalTable table,
      TableShape shape,
      List<String> columns) {
    this.load = load;
    this.version = version;
    this.ids = ids;
    this.table = table;
    this.shape = shape;
    this.columns = columns;
    this.idAt = shape == null ? -1 : idAt();
  }

  /**
   * Checks all that can be known before the file comes.
   *
   * @param schema the session's; null if it has none
   */
  static FileLoader of(LoadStatement load, RulesVersion version, TableIds ids, String schema) {
    String named = load.schema() == null ? schema : load.schema();
    if (named == null) {
      throw new DalException(DalError.NO_SCHEMA, "No database selected");
    }
    if (!named.equals(version.rules().schema())) {
      throw new DalException(DalError.UNKNOWN_SCHEMA, "Unknown database '" + named + "'");
    }
    if (version.rules().zones() != null) {
      throw new DalException(
          DalError.REFUSED,
          "LOAD DATA with zones: the rows of a file would have no row versions; use INSERT");
    }
    LogicalTable table = version.rules().table(load.table()).orElse(null);
    if (table == null && version.rules().defaultNode() == null) {
      throw new DalException(
          DalError.UNKNOWN_TABLE, "Table '" + named + "." + load.table() + "' doesn't exist");
    }
    if (table == null) {
      version.planner().checkUnnamed(load.table());
    }
    if (table == null || table.type() == TableType.RAW) {
      return new FileLoader(load, version, ids, table, null, load.columns());
    }
    version
        .catalog()
        .problem(table.name())
        .ifPresent(
            problem -> {
              throw Planner.unfit(table.name(), problem);
            });
    TableShape shape =
        version
            .catalog()
            .table(table.name())
            .orElseThrow(
                () ->
                    new DalException(
                        DalError.UNKNOWN_TABLE,
                        "the columns of table " + table.name() + " are not known"));
    FileLoader loader = new FileLoader(load, version, ids, table, shape, columns(load, shape));
    loader.check();
    return loader;
  }

  private static List<String> columns(LoadStatement load, TableShape shape) {
    if (!load.columns().isEmpty()) {
      return load.columns();
    }
    if (shape.columns().stream().anyMatch(ColumnShape::generated)) {
      throw new DalException(
          DalError.REFUSED,
          "the table has columns that the server computes; name the columns of the file in LOAD"
              + " DATA");
    }
    return shape.columns().stream().map(ColumnShape::name).toList();
  }

  private void check() {
    boolean copies = table.type() != TableType.SHARDING;
    if (copies && !load.computed().isEmpty()) {
      throw new DalException(
          DalError.REFUSED,
          "SET in LOAD DATA into "
              + table.name()
              + ", of which each row is there more than once: the copies could get different"
              + " values; leave SET out, or use INSERT");
    }
    if (table.isSharded()) {
      new FileShards(table, shape).check(load.replace());
      for (Strategy strategy : table.strategies()) {
        strategy.shardingColumns().forEach(this::place);
      }
    }
  }

  /** The field of a sharding column. */
  private int place(String name) {
    if (load.computed().stream().anyMatch(name::equalsIgnoreCase)) {
      throw new DalException(
          DalError.REFUSED,
          "SET in LOAD DATA computes the sharding column "
              + table.name()
              + "."
              + name
              + "; write its value into the file");
    }
    int at = at(name);
    if (at < 0) {
      throw new DalException(
          DalError.REFUSED,
          "the file has no field for the sharding column "
              + table.name()
              + "."
              + name
              + "; write it into the file and among the columns of LOAD DATA");
    }
    return at;
  }

  private int at(String name) {
    int found = -1;
    for (int i = 0; i < columns.size(); i++) {
      found = columns.get(i).equalsIgnoreCase(name) ? i : found;
    }
    return found;
  }

  /** -1 if there is no AUTO_INCREMENT column. */
  private int idAt() {
    String name = shape.autoIncrement().map(ColumnShape::name).orElse(null);
    if (name == null) {
      return -1;
    }
    int at = at(name);
    if (at < 0 || load.computed().stream().anyMatch(name::equalsIgnoreCase)) {
      throw new DalException(
          DalError.REFUSED,
          "column "
              + table.name()
              + "."
              + name
              + " is AUTO_INCREMENT, and each shard would count by itself; write the ids into the"
              + " file");
    }
    return at;
  }

  /** The nodes that may get rows. */
  List<String> nodes() {
    return table == null
        ? List.of(version.rules().defaultNode())
        : table.actualTables().map(ActualTable::node).distinct().toList();
  }

  /** Asks for the file and loads it. */
  Result.Done run(LocalFile file, Transaction transaction) {
    boolean[] wanted = new boolean[columns.size()];
    int[][] keys = keys(wanted);
    if (idAt >= 0) {
      wanted[idAt] = true;
    }
    int fields = columns.isEmpty() ? Integer.MAX_VALUE : columns.size();
    FileCutter cutter = new FileCutter(file.open(load.file()), load.format(), fields, wanted);
    StatementTime time =
        table != null && table.type() != TableType.RAW && table.type() != TableType.SHARDING
            ? StatementTime.now()
            : StatementTime.ofEachNode();
    cutter.skipLines(load.ignoredLines());
    while (cutter.next()) {
      if (idAt >= 0) {
        id(cutter);
      }
      for (ActualTable actual : places(cutter, keys)) {
        waiting.computeIfAbsent(actual, a -> new Waiting()).add(cutter);
        waitingBytes += cutter.rowSize();
      }
      while (waitingBytes > MOST_WAITING) {
        send(largest(), time, transaction);
      }
    }
    for (ActualTable actual : inOrder()) {
      send(actual, time, transaction);
    }
    if (idAt >= 0 && mostId > 0) {
      ids.raise(table, columns.get(idAt), mostId, version.generation());
    }
    return done();
  }

  /** For each strategy where its sharding columns are in a row. */
  private int[][] keys(boolean[] wanted) {
    if (table == null || !table.isSharded()) {
      return new int[0][];
    }
    int[][] keys = new int[table.strategies().size()][];
    for (int copy = 0; copy < keys.length; copy++) {
      keys[copy] =
          table.strategies().get(copy).shardingColumns().stream().mapToInt(this::place).toArray();
      for (int at : keys[copy]) {
        wanted[at] = true;
      }
    }
    return keys;
  }

  private List<ActualTable> places(FileCutter cutter, int[][] keys) {
    if (table == null) {
      return List.of(new ActualTable(version.rules().defaultNode(), load.table()));
    }
    if (keys.length == 0) {
      return table.actualTables().toList();
    }
    FileShards shards = new FileShards(table, shape);
    List<ActualTable> places = new ArrayList<>(keys.length);
    for (int copy = 0; copy < keys.length; copy++) {
      List<Value> key = new ArrayList<>(keys[copy].length);
      for (int at : keys[copy]) {
        key.add(given(cutter, at));
      }
      int shard = shards.shard(copy, key, cutter.number());
      places.add(table.strategies().get(copy).shards().get(shard));
    }
    return places;
  }

  private Value given(FileCutter cutter, int at) {
    Value value = cutter.value(at);
    if (value == null) {
      throw new DalException(
          DalError.REFUSED,
          "row "
              + cutter.number()
              + " of the file ends before the field of "
              + table.name()
              + "."
              + columns.get(at)
              + "; write the whole row, or correct FIELDS TERMINATED BY");
    }
    return value;
  }

  /** What the server makes 0 or NULL of would get an id of the shard. */
  private void id(FileCutter cutter) {
    Value value = given(cutter, idAt);
    String text = value.isNull() ? "" : value.asText();
    if (!text.matches("0*[1-9][0-9]{0,18}") || new BigInteger(text).bitLength() > 63) {
      throw new DalException(
          DalError.REFUSED,
          "row "
              + cutter.number()
              + " of the file: the AUTO_INCREMENT column "
              + table.name()
              + "."
              + columns.get(idAt)
              + " gets "
              + value.literal()
              + ", by which the shard would give an id by itself; write a number above 0");
    }
    mostId = Math.max(mostId, Long.parseLong(text));
  }

  private ActualTable largest() {
    ActualTable largest = null;
    for (Map.Entry<ActualTable, Waiting> one : waiting.entrySet()) {
      if (largest == null || one.getValue().bytes.size() > waiting.get(largest).bytes.size()) {
        largest = one.getKey();
      }
    }
    return largest;
  }

  /** Two sessions take their locks in the same order, as long as all fits into memory. */
  private List<ActualTable> inOrder() {
    if (table == null) {
      return List.copyOf(waiting.keySet());
    }
    return table.actualTables().filter(waiting::containsKey).toList();
  }

  private void send(ActualTable actual, StatementTime time, Transaction transaction) {
    Waiting rows = waiting.remove(actual);
    waitingBytes -= rows.bytes.size();
    NodeConnection connection = transaction.on(actual.node());
    FileRows file =
        new FileRows(
            rows.bytes.toByteArray(),
            number -> number >= 1 && number <= rows.rows ? rows.numbers[(int) number - 1] : number);
    boolean asks = shape == null && lastInsertId == 0;
    if (asks) {
      connection.run("SET last_insert_id = 0");
    }
    Result.Done done =
        time.during(connection, () -> connection.load(load.on(actual.table()), file));
    if (asks) {
      lastInsertId = generated(connection);
    }
    warnings += done.warnings();
    if (!counts(actual)) {
      return;
    }
    affected += done.affectedRows();
    Matcher parts = INFO.matcher(done.info());
    if (parts.find()) {
      for (int i = 0; i < info.length; i++) {
        info[i] += Long.parseLong(parts.group(i + 1));
      }
    }
  }

  /** The first id that the node gave to the rows, which its answer doesn't tell; 0 if none. */
  private static long generated(NodeConnection connection) {
    try (RowStream rows = ((Result.Rows) connection.run("SELECT LAST_INSERT_ID()")).stream()) {
      byte[] id = rows.next().textValues().get(0);
      return Long.parseUnsignedLong(new String(id, StandardCharsets.US_ASCII));
    }
  }

  /** Of copies the first one counts. */
  private boolean counts(ActualTable actual) {
    if (table == null || table.type() == TableType.RAW || table.type() == TableType.SHARDING) {
      return true;
    }
    List<ActualTable> shards = table.strategies().get(0).shards();
    return table.type() == TableType.BROADCAST
        ? shards.get(0).equals(actual)
        : shards.contains(actual);
  }

  private Result.Done done() {
    String text =
        String.format(
            Locale.ROOT,
            "Records: %d  Deleted: %d  Skipped: %d  Warnings: %d",
            info[0],
            info[1],
            info[2],
            info[3]);
    return new Result.Done(affected, lastInsertId, warnings, text);
  }
}
