package io.piplan.dts.hive;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TargetReview;
import io.piplan.dts.schema.TargetReview.Mismatch;
import io.piplan.dts.schema.TargetType;
import io.piplan.dts.schema.TypeMapping;
import io.piplan.dts.sql.HiveOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.TableType;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Finds or makes what a source table has in Hive, and checks that what is there can take it. Used
 * by one thread.
 */
public final class HiveTables implements AutoCloseable {
  private static final TypeMapping TYPES = TypeMapping.hive();

  private final HiveAccess access;
  private final HiveOptions options;

  public HiveTables(HiveServer server, HiveOptions options) {
    this.access = new HiveAccess(server);
    this.options = options;
  }

  /**
   * The mapping of a source table as it is now.
   *
   * @param create whether what is missing is made; else it is {@code TARGET_MISSING_TABLE}
   * @throws DtsException {@code TARGET_MISMATCH} if what is there cannot take every row
   */
  public TableMapping mapping(TableSchema source, TableId target, boolean create) {
    return mapping(source, target, create, Divergence.NONE, options.followsCascades());
  }

  /**
   * The same for a table whose changes are followed, so that its foreign keys may be others there
   * by now, and that may lack columns on purpose.
   */
  public TableMapping mapping(
      TableSchema source, TableId target, boolean create, Divergence divergence) {
    return mapping(source, target, create, divergence, false);
  }

  private TableMapping mapping(
      TableSchema source,
      TableId target,
      boolean create,
      Divergence divergence,
      boolean sameForeignKeys) {
    TableId id = lower(target);
    PlannedTable planned = new PlannedTable(without(source, divergence), id, options, TYPES);
    refuse(planned.mismatches());
    Optional<FoundTable> found = Publication.find(access.metastore(), id);
    if (found.isEmpty() && !create) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          "there is no table " + HiveNames.log(id) + " in Hive",
          "'target.tables' = 'create'");
    }
    if (found.isEmpty()) {
      create(planned, source, id);
      found = Publication.find(access.metastore(), id);
    }
    FoundTable there = found.orElseThrow(() -> vanished(id));
    refuse(planned.mismatches(there));
    if (sameForeignKeys && planned.isTiedOtherwise(there)) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          source.id() + " has other foreign keys that act than " + HiveNames.log(id) + " knows",
          "stop the sync and start it again, which lets the table know them");
    }
    return mapping(source, there.table(), divergence);
  }

  /** What a table has to have a place for. */
  private static TableSchema without(TableSchema source, Divergence divergence) {
    return new TableSchema(
        source.id(),
        source.columns().stream().filter(c -> !divergence.leavesOut(c.name())).toList(),
        source.key(),
        source.uniqueKeys(),
        source.foreignKeys(),
        source.comment());
  }

  private static DtsException vanished(TableId id) {
    return new DtsException(
        DtsError.TARGET_FAILED, "table " + HiveNames.log(id) + " vanished", "try again");
  }

  private static void refuse(List<Mismatch> mismatches) {
    if (!mismatches.isEmpty()) {
      Mismatch first = mismatches.get(0);
      throw new DtsException(DtsError.TARGET_MISMATCH, first.message(), first.remedy());
    }
  }

  /** What {@link #mapping} would find, all of it; changes nothing. */
  public TargetReview review(TableSchema source, TableId target) {
    TableId id = lower(target);
    PlannedTable planned = new PlannedTable(source, id, options, TYPES);
    Optional<FoundTable> found = Publication.find(access.metastore(), id);
    List<Mismatch> mismatches = new ArrayList<>(planned.mismatches());
    found.ifPresent(table -> mismatches.addAll(planned.mismatches(table)));
    if (found.isEmpty() && mismatches.isEmpty()) {
      mismatches.addAll(inTheWay(planned, id));
    }
    List<String> notes = new ArrayList<>(planned.notes());
    if (found.filter(planned::isTiedOtherwise).isPresent()) {
      notes.add("its foreign keys have changed, which the start or the statement lets it know");
    }
    List<TargetReview.Loss> losses = new ArrayList<>();
    for (Column column : source.columns()) {
      TargetType type = TYPES.map(column);
      if (!type.loss().isEmpty()) {
        losses.add(new TargetReview.Loss(column, type.ddl(), type.loss()));
      }
    }
    return new TargetReview(found.isPresent(), mismatches, losses, notes);
  }

  private List<Mismatch> inTheWay(PlannedTable planned, TableId id) {
    List<Mismatch> found = new ArrayList<>();
    for (TableId name : planned.names()) {
      access
          .metastore()
          .find(name)
          .filter(table -> !SyncedTable.isMarked(table))
          .ifPresent(
              table ->
                  found.add(
                      new Mismatch(
                          "",
                          "Hive has a table or view " + name + " which is not of a sync",
                          "give " + id.table() + " another name with RENAME, or drop that one")));
    }
    return found;
  }

  private void create(PlannedTable planned, TableSchema source, TableId id) {
    refuse(inTheWay(planned, id));
    if (access.metastore().location(id.database()).isEmpty()) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          "Hive has no database " + id.database(),
          "CREATE DATABASE " + id.database() + ", or correct its name after TO");
    }
    Map<String, String> properties = new HashMap<>(planned.table().properties(source.id()));
    properties.put(SuccessMarks.INSTANTS, Json.write(instants(source)));
    // The log comes last: where it is, the others are.
    for (Table table : planned.tables(access.server().user(), properties)) {
      access.metastore().create(apart(table));
    }
    switch (planned.table().layout()) {
      case MERGE -> run("creating " + id, new MergedTable(planned.table()).create());
      case PAIMON -> {
        PaimonTable paimon = new PaimonTable(access, planned.table());
        paimon.create();
        run("making Paimon table " + id + " known", paimon.register());
      }
      case CHANGELOG -> {}
    }
    access.metastore().create(apart(planned.log(access.server().user(), properties)));
  }

  private static List<String> instants(TableSchema source) {
    return source.columns().stream()
        .filter(column -> column.type() == ColumnType.TIMESTAMP)
        .map(column -> HiveNames.lower(column.name()))
        .toList();
  }

  /** In a folder of its own, where the usual one has files of a table that got another name. */
  private Table apart(Table made) {
    if (made.getTableType().equals(TableType.VIRTUAL_VIEW.name())) {
      return made;
    }
    Path database = access.metastore().location(made.getDbName()).orElseThrow();
    Path usual = new Path(database, made.getTableName());
    if (access.stateFiles(database).exists(usual)) {
      String own = UUID.randomUUID().toString().substring(0, 8);
      made.getSd().setLocation(new Path(database, made.getTableName() + "-" + own).toString());
    }
    return made;
  }

  private void run(String doing, String statement) {
    try (HiveQueries queries = new HiveQueries(access.server(), Steps.UNWATCHED)) {
      queries.run(doing, statement);
    }
  }

  private static TableMapping mapping(
      TableSchema source, SyncedTable there, Divergence divergence) {
    List<MappedColumn> columns = new ArrayList<>();
    for (int i = 0; i < source.columns().size(); i++) {
      Column column = source.columns().get(i);
      if (!divergence.leavesOut(column.name())) {
        HiveColumn stored = there.stored(HiveNames.lower(column.name())).orElseThrow();
        columns.add(new MappedColumn(i, column, stored.name(), stored.type()));
      }
    }
    List<MappedColumn> key =
        source.key().stream()
            .map(
                name ->
                    columns.stream()
                        .filter(c -> c.source().name().equalsIgnoreCase(name))
                        .findFirst()
                        .orElseThrow())
            .toList();
    return new TableMapping(source, there.id().database(), there.id().table(), columns, key, false);
  }

  private static TableId lower(TableId id) {
    return new TableId(HiveNames.lower(id.database()), HiveNames.lower(id.table()));
  }

  static FieldSchema field(HiveColumn column, String comment) {
    return new FieldSchema(column.name(), column.type(), comment);
  }

  @Override
  public void close() {
    access.close();
  }
}
