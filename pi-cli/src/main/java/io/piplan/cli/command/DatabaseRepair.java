package io.piplan.cli.command;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.apply.OriginMark;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.job.RepairReport;
import io.piplan.dts.job.RowOwners;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DifferenceSink;
import io.piplan.dts.verify.DirectRepair;
import io.piplan.dts.verify.DirectRepair.Refused;
import io.piplan.dts.verify.RowCheck;
import io.piplan.dts.verify.TablePair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Mends a table of one database from another, without a sync. */
final class DatabaseRepair {
  private static final int AT_ONCE = 500;

  private final DatabaseRef a;
  private final DatabaseRef b;
  private final TablePair pair;
  private final List<List<String>> keys;
  private final DiffOptions options;
  private final Optional<Definition> definition;

  /**
   * @param definition may say who owns which rows
   */
  DatabaseRepair(
      DatabaseRef a,
      DatabaseRef b,
      String table,
      List<List<String>> keys,
      Optional<String> where,
      Optional<Definition> definition) {
    String[] names = table.split(":", 2);
    this.definition = definition;
    this.a = a;
    this.b = b;
    this.pair = TablePair.of(names[0], names.length == 2 ? names[1] : names[0]);
    this.keys = keys;
    this.options =
        DiffOptions.defaults()
            .withTables(List.of(pair))
            .withWhere(where.map(text -> ConditionSql.parse("--where", text)));
  }

  DiffReport compare(DiffProgress progress) {
    return compare(progress, DifferenceSink.NONE);
  }

  private DiffReport compare(DiffProgress progress, DifferenceSink sink) {
    Diff diff = new Diff(a, b, options);
    return keys.isEmpty()
        ? diff.run(progress, sink)
        : diff.run(
            pair, keys.stream().map(key -> Row.of(key.toArray(String[]::new))).toList(), sink);
  }

  /**
   * @param force also where a sync is known to write
   */
  RepairReport run(DiffProgress progress, boolean force) {
    List<Refused> refused = new ArrayList<>();
    List<String> notOurs = new ArrayList<>();
    long[] changed = new long[2];
    DiffReport before;
    try (DirectRepair repair = new DirectRepair(a, b, pair, marking());
        Owned owned = new Owned(owners())) {
      repair.sync().filter(sync -> !force).ifPresent(this::refuse);
      owned.requireKnown(!keys.isEmpty());
      List<Row> wrong = new ArrayList<>();
      // Written after each batch is found, so that a table that differs everywhere fits into
      // memory.
      before =
          compare(
              progress,
              row -> {
                if (row.mendable()) {
                  wrong.add(row.key());
                  if (wrong.size() >= AT_ONCE) {
                    mend(repair, owned, wrong, refused, changed);
                  }
                }
              });
      mend(repair, owned, wrong, refused, changed);
      notOurs.addAll(owned.notOurs());
    }
    DiffReport after = compare(progress, DifferenceSink.NONE);
    return new RepairReport(
        before,
        0,
        changed[0],
        changed[1],
        refused.stream().map(row -> row.key() + ": " + row.reason()).toList(),
        notOurs,
        after);
  }

  private Optional<RowOwners> owners() {
    return definition.flatMap(text -> RowOwners.of(text, a, b, pair.a(), pair.b()));
  }

  /** Which rows are A's to say: all of them where nobody says otherwise. */
  private record Owned(Optional<RowOwners> owners) implements AutoCloseable {
    void requireKnown(boolean named) {
      owners.ifPresent(known -> known.requireKnown(named));
    }

    List<Row> ours(List<Row> rows) {
      return owners.map(known -> known.ours(rows)).orElse(rows);
    }

    Map<Row, Optional<String>> judged() {
      return owners.map(RowOwners::judged).orElse(Map.of());
    }

    List<String> notOurs() {
      return owners.map(RowOwners::notOurs).orElse(List.of());
    }

    @Override
    public void close() {
      owners.ifPresent(RowOwners::close);
    }
  }

  /** Where B is a site that others read, its change must not look like one of B's apps. */
  private RowCheck.InTransaction marking() {
    if (b.server() instanceof PostgresServer) {
      return on -> {};
    }
    OriginMark mark = new OriginMark(new ControlTables(false, b.schema(), MySqlNames::quote), 0);
    return on -> mark.writeIfRead(on, "pi repair");
  }

  private static void mend(
      DirectRepair repair, Owned owned, List<Row> wrong, List<Refused> refused, long[] changed) {
    List<Row> ours = owned.ours(wrong);
    DirectRepair.Changed done = repair.mend(ours, owned.judged(), refused);
    changed[0] += done.written();
    changed[1] += done.deleted();
    wrong.clear();
  }

  private void refuse(String sync) {
    throw new DtsException(
        DtsError.SYNC_RUNNING,
        "sync " + sync + " brings table " + pair.a() + " to " + b,
        "mend it by the sync: pi repair "
            + sync
            + " --table "
            + pair.a()
            + "; if that sync is no more, add --force");
  }
}
