package io.piplan.dts.hive;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.apply.GuardOptions;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.WriterMetrics;
import io.piplan.dts.apply.WriterOptions;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.embedded.EmbeddedHive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.orc.RecordReader;

/** A table of three numbers in a Hive, {@code (id, v, p)} by {@code p}, and writers to it. */
final class HiveBench {
  /** What ends a session as a kill would: nothing of it is caught, and nothing is closed. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed(String step) {
      super("before " + step);
    }
  }

  /** Lets so many steps of the thread that made it happen; from then on it is dead. */
  static final class Lives implements Steps {
    private final Thread owner = Thread.currentThread();
    private int left;
    private boolean dead;

    Lives(int left) {
      this.left = left;
    }

    @Override
    public synchronized void before(String step) {
      if (!dead && Thread.currentThread() == owner) {
        dead = left-- == 0;
      }
      if (dead) {
        throw new Killed(step);
      }
    }
  }

  /**
   * Dies at the first step of a kind that nobody has died at before, at the second step of it in
   * another run, and so on; a run that meets none of those lives.
   */
  static final class DiesOnceAtEach {
    private final int often;
    private final Set<String> died = new TreeSet<>();

    /**
     * @param often up to how many times of a kind that a run comes to
     */
    DiesOnceAtEach(int often) {
      this.often = often;
    }

    /** Where it was so far, by kind and how often that was met in the run. */
    Set<String> died() {
      return died;
    }

    /** The steps of one more run, by this thread. */
    Steps run() {
      return new Run(Thread.currentThread());
    }

    private final class Run implements Steps {
      private final Thread owner;
      private final Map<String, Integer> met = new HashMap<>();
      private boolean dead;

      Run(Thread owner) {
        this.owner = owner;
      }

      @Override
      public synchronized void before(String step) {
        if (!dead && Thread.currentThread() == owner) {
          String kind = kind(step);
          int times = met.merge(kind, 1, Integer::sum);
          dead = times <= often && died.add(kind + " #" + times);
        }
        if (dead) {
          throw new Killed(step);
        }
      }
    }

    /** What is done to what, without numbers and names of its own. */
    private static String kind(String step) {
      return step.replaceAll("\\S*/([^/ ]+/[^/ ]+)", "$1")
          .replaceAll("=([a-z]*)[^/ ]*", "=$1")
          .replaceAll("[0-9a-f]*[0-9][0-9a-f-]*", "N");
    }
  }

  private final EmbeddedHive hive;
  private final String database;
  private final String table;
  private final HiveOptions options;
  private final TableSchema schema;
  private final TableMapping mapping;
  private long position = 100;

  HiveBench(EmbeddedHive hive, String database, String table, HiveOptions.Layout layout) {
    this.hive = hive;
    this.database = database;
    this.table = table;
    this.options =
        new HiveOptions(
            layout,
            Map.of(table, List.of(new PartitionBy(PartitionBy.Transform.VALUE, "p", 0))),
            HiveOptions.Format.ORC,
            HiveOptions.Compression.SNAPPY,
            Duration.ZERO,
            Duration.ofDays(1),
            Duration.ofDays(1),
            Duration.ofDays(1),
            Duration.ZERO,
            true,
            ZoneOffset.UTC);
    this.schema =
        new TableSchema(
            new TableId("src", table),
            List.of(
                Column.of("id", ColumnType.INT, "int", false),
                Column.of("v", ColumnType.INT, "int", true),
                Column.of("p", ColumnType.INT, "int", true)),
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    try (HiveTables tables = new HiveTables(server(), options)) {
      this.mapping = tables.mapping(schema, new TableId(database, table), true);
    }
  }

  HiveServer server() {
    Map<String, Secret> conf = new TreeMap<>();
    hive.clientSettings().forEach((key, value) -> conf.put(key, new Secret.LiteralSecret(value)));
    return new HiveServer(
        hive.metastoreUri(), hive.jdbcUrl("default"), "pi", new Secret.LiteralSecret(""), "", conf);
  }

  /** Of one writer alone. */
  WriterOptions options(String sync) {
    return options(sync, 0, 1);
  }

  private static WriterOptions options(String sync, int index, int writers) {
    return new WriterOptions(
        sync,
        index,
        writers,
        100,
        false,
        true,
        true,
        true,
        false,
        ZeroDates.KEEP,
        GuardOptions.OFF,
        100,
        100);
  }

  ApplyWriter writer(int index, int writers, Set<String> prepared, Steps steps) {
    return new ApplyWriter(
        options(table, index, writers),
        new HiveSession(new HiveTarget(server(), database, options), steps),
        any -> mapping,
        new WriterMetrics(),
        Clock.systemUTC(),
        prepared);
  }

  HiveOptions options() {
    return options;
  }

  HiveMaintenance maintenance(Steps steps) {
    return new HiveMaintenance(server(), database, steps, Duration.ofMillis(300));
  }

  ChangeEvent insert(int id, int v, int p) {
    return change(Op.INSERT, null, Row.of("" + id, "" + v, "" + p));
  }

  ChangeEvent update(int id, int v, int p, int newV, int newP) {
    return change(
        Op.UPDATE, Row.of("" + id, "" + v, "" + p), Row.of("" + id, "" + newV, "" + newP));
  }

  ChangeEvent delete(int id, int v, int p) {
    return change(Op.DELETE, Row.of("" + id, "" + v, "" + p), null);
  }

  private ChangeEvent change(Op op, Row before, Row after) {
    position += 10;
    return new ChangeEvent(
        schema.id(),
        0,
        op,
        before,
        after,
        new Lsn("binlog.000001", position, 1, 1),
        Lsn.START,
        1000);
  }

  /** The place of a statement behind all changes so far, as a log has it. */
  String place() {
    position += 10;
    return LogColumns.text(1, new Lsn("binlog.000001", position, 0, 0));
  }

  /** The log as its files have it, of the folders that the metastore names: place, op and id. */
  List<String> log() throws IOException {
    return rows(table + "__log").stream()
        .map(row -> row.lsn() + " " + row.op() + " " + row.id())
        .sorted()
        .toList();
  }

  /**
   * The current state as its files have it, {@code id v p}: what the view says, found without
   * HiveServer2, which takes seconds for each query.
   */
  List<String> state() throws IOException {
    Map<String, Logged> newest = new TreeMap<>();
    for (Logged row : rows(table + "__state")) {
      if (row.segment().compareTo(Segment.UNFINISHED) < 0) {
        newest.merge(
            row.partition() + " " + row.id(),
            row,
            (a, b) -> a.lsn().compareTo(b.lsn()) >= 0 ? a : b);
      }
    }
    return newest.values().stream()
        .filter(row -> !row.op().equals("d") && !row.op().equals(LogColumns.EMPTIED))
        .sorted(Comparator.comparingLong(Logged::id))
        .map(row -> row.id() + " " + row.v() + " " + row.partition())
        .toList();
  }

  private record Logged(String segment, String partition, String op, String lsn, long id, long v) {}

  private List<Logged> rows(String of) throws IOException {
    List<Logged> rows = new ArrayList<>();
    try (HiveAccess access = new HiveAccess(server())) {
      for (Partition partition : access.metastore().partitions(new TableId(database, of))) {
        org.apache.hadoop.fs.Path folder =
            new org.apache.hadoop.fs.Path(partition.getSd().getLocation());
        FileSystem files = access.files(folder);
        for (FileStatus file : files.listStatus(folder)) {
          String name = file.getPath().getName();
          if (!name.startsWith("_") && !name.startsWith(".")) {
            read(
                OrcFile.createReader(
                    file.getPath(), OrcFile.readerOptions(access.conf()).filesystem(files)),
                partition.getValues(),
                rows);
          }
        }
      }
    }
    return rows;
  }

  private static void read(Reader reader, List<String> partition, List<Logged> into)
      throws IOException {
    VectorizedRowBatch batch = reader.getSchema().createRowBatch();
    try (RecordReader rows = reader.rows()) {
      while (rows.nextBatch(batch)) {
        for (int i = 0; i < batch.size; i++) {
          into.add(
              new Logged(
                  partition.get(1),
                  partition.get(0),
                  text(batch, 0, i),
                  text(batch, 1, i),
                  number(batch, 3, i),
                  number(batch, 4, i)));
        }
      }
    }
  }

  /** Rows that tell of the table as a whole lie in files that have not all columns. */
  private static long number(VectorizedRowBatch batch, int column, int row) {
    if (column >= batch.cols.length) {
      return 0;
    }
    LongColumnVector vector = (LongColumnVector) batch.cols[column];
    return vector.vector[vector.isRepeating ? 0 : row];
  }

  private static String text(VectorizedRowBatch batch, int column, int row) {
    BytesColumnVector vector = (BytesColumnVector) batch.cols[column];
    int at = vector.isRepeating ? 0 : row;
    return new String(
        vector.vector[at], vector.start[at], vector.length[at], StandardCharsets.UTF_8);
  }

  /** Per partition that the metastore has of a table, how many data files lie there. */
  Map<String, Integer> files(String of) throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    try (HiveAccess access = new HiveAccess(server())) {
      for (Partition partition : access.metastore().partitions(new TableId(database, of))) {
        org.apache.hadoop.fs.Path folder =
            new org.apache.hadoop.fs.Path(partition.getSd().getLocation());
        int files = 0;
        for (FileStatus file : access.files(folder).listStatus(folder)) {
          String name = file.getPath().getName();
          files += name.startsWith("_") || name.startsWith(".") ? 0 : 1;
        }
        found.put(folder.toUri().getPath(), files);
      }
    }
    return found;
  }

  /** All data files below the database's folder, whether a table names them or not. */
  List<Path> dataFiles() throws IOException {
    try (Stream<Path> files = Files.walk(hive.warehouse().resolve(database + ".db"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(table + "-"))
          .filter(file -> file.toString().endsWith(".orc"))
          .toList();
    }
  }

  /** The names of what the sync keeps of open transactions. */
  List<String> transactions() {
    try (HiveAccess access = new HiveAccess(server())) {
      SyncFolder folder = SyncFolders.of(access, database, table);
      List<String> all = new ArrayList<>(folder.prepared());
      all.addAll(folder.committed());
      return all;
    }
  }
}
