package io.piplan.dts.hive;

import io.piplan.dts.ChangedParents;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.ddl.TextTarget;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;

/**
 * Keeps what is known of a sync's tables in its folder, and changes tables. Opens its own
 * connections for each call, but for {@link #watch}.
 */
public record HiveTextTarget(HiveServer server, String database, String sync, HiveOptions options)
    implements TextTarget {
  static final String FOLDER = "ddl";

  private <T> T ask(Function<SyncFolder, T> question) {
    try (HiveAccess access = new HiveAccess(server)) {
      return question.apply(SyncFolders.of(access, database, sync));
    }
  }

  @Override
  public Optional<String> text(String name) {
    return ask(folder -> folder.latest(FOLDER, name));
  }

  @Override
  public void keep(String name, String text) {
    ask(
        folder -> {
          folder.put(FOLDER, name, text);
          return true;
        });
  }

  @Override
  public Watch watch() {
    HiveAccess access = new HiveAccess(server);
    try {
      return new FolderWatch(access, SyncFolders.of(access, database, sync));
    } catch (RuntimeException e) {
      access.close();
      throw e;
    }
  }

  private record FolderWatch(HiveAccess access, SyncFolder folder) implements Watch {
    @Override
    public boolean isReached(Lsn place, int writers, Set<String> tables) {
      return folder.isPublished(
          place, writers, tables.stream().map(HiveNames::lower).collect(Collectors.toSet()));
    }

    @Override
    public Optional<String> text(String name) {
      return folder.latest(FOLDER, name);
    }

    @Override
    public void close() {
      access.close();
    }
  }

  @Override
  public Optional<String> refusal(TableId table, List<List<ColumnEdit>> changes, Lsn place) {
    try (HiveAccess access = new HiveAccess(server)) {
      String text = place(access).text(place);
      // One that is not made yet is made as the source has it by then.
      return Publication.find(access.metastore(), HiveNames.lower(table))
          .flatMap(found -> ColumnEdits.refusal(found.table(), changes, text));
    }
  }

  @Override
  public Optional<String> refusal(List<Move> moves, Lsn place) {
    if (options.layout() == Layout.PAIMON) {
      return Optional.of("with 'hive.layout' = 'paimon' tables do not get other names there");
    }
    Optional<String> name =
        moves.stream()
            .map(move -> move.to().table())
            .filter(to -> !HiveNames.isTable(to))
            .findFirst()
            .map(to -> "Hive takes no table named " + to + ": only letters a to z, digits and _");
    if (name.isPresent()) {
      return name;
    }
    try (HiveAccess access = new HiveAccess(server)) {
      return moves(access, place).refusal(MoveNames.inHive(moves), options.layout());
    }
  }

  /** A table that may be worked on. */
  private interface Work {
    List<String> run(Place at, FoundTable found, TableLease lease);
  }

  /**
   * Where work is done.
   *
   * @param database its folder
   */
  private record Place(HiveAccess access, Path database, StateFiles files, SyncFolder sync) {
    TableFolder marks(TableId table) {
      return new TableFolder(files, database, table.table());
    }

    String text(Lsn lsn) {
      return LogColumns.text(sync.generation(), lsn);
    }
  }

  private Place place(HiveAccess access) {
    SyncFolder folder = SyncFolders.of(access, database, sync);
    Path location = access.metastore().location(database).orElseThrow();
    return new Place(access, location, access.stateFiles(location), folder);
  }

  /** Nothing is done to a table that is not made yet. */
  private List<String> work(TableId table, Work work) throws InterruptedException {
    TableId id = HiveNames.lower(table);
    try (HiveAccess access = new HiveAccess(server)) {
      Place at = place(access);
      return new QuietTable(access, at.files(), at.marks(id), id, TableLease.SILENCE)
          .run(
              (found, lease) -> found.map(there -> work.run(at, there, lease)).orElseGet(List::of));
    }
  }

  @Override
  public List<String> alter(TableId table, List<ColumnEdit> edits, Lsn place, int number)
      throws InterruptedException {
    return work(
        table,
        (at, found, lease) ->
            new TableAlteration(at.access(), at.files(), at.marks(found.table().id()), found, lease)
                .run(edits, at.text(place), number));
  }

  @Override
  public List<String> empty(TableId table, Lsn place, long sourceMillis)
      throws InterruptedException {
    return work(
        table,
        (at, found, lease) ->
            new TableEmptying(
                    at.access(), at.files(), at.marks(found.table().id()), found, lease, options)
                .run(at.text(place), sourceMillis));
  }

  @Override
  public List<String> drop(TableId table) throws InterruptedException {
    return work(
        table,
        (at, found, lease) -> {
          TableId id = found.table().id();
          // Nobody is to look for it any more.
          at.sync().forgetTarget(id.table());
          return new TableRemoval(at.access(), at.files(), at.marks(id), found, lease).run();
        });
  }

  @Override
  public List<String> rename(List<Move> moves, Lsn place) throws InterruptedException {
    try (HiveAccess access = new HiveAccess(server)) {
      return moves(access, place).run(MoveNames.inHive(moves));
    }
  }

  private TableMoves moves(HiveAccess access, Lsn place) {
    Place at = place(access);
    return new TableMoves(
        access, at.files(), at.database(), at.sync(), at.text(place), TableLease.SILENCE);
  }

  @Override
  public Optional<Unrelated> unrelated(Map<String, Child> changed, List<TableSchema> all) {
    if (!options.followsCascades()) {
      return Optional.empty();
    }
    try (HiveAccess access = new HiveAccess(server)) {
      for (Map.Entry<String, Child> each : changed.entrySet()) {
        TableId id = HiveNames.lower(new TableId(database, each.getKey()));
        Child child = each.getValue();
        // One that is not made yet says itself what stands against it.
        Optional<Unfollowed> unfollowed =
            Publication.find(access.metastore(), id)
                .flatMap(
                    found ->
                        Unfollowed.of(
                            child.source(), child.divergence()::leavesOut, found.table(), options));
        if (unfollowed.isPresent()) {
          return unfollowed.map(why -> new Unrelated(why.why(), Unfollowed.CASCADES));
        }
      }
    }
    return CascadeSteps.of(all).stream()
        .filter(two -> changed.values().stream().map(Child::source).anyMatch(two::isOf))
        .findFirst()
        .map(two -> new Unrelated(two.toString(), Unfollowed.CASCADES));
  }

  @Override
  public List<String> relate(String table, TableSchema source) throws InterruptedException {
    return relate(Map.of(table, source));
  }

  /** The same for several tables, by what they are called here: most know their keys already. */
  public List<String> relate(Map<String, TableSchema> sources) throws InterruptedException {
    List<String> done = new ArrayList<>();
    for (String table : unaware(sources)) {
      List<ChildKey> keys = ChildKey.of(sources.get(table));
      done.addAll(
          work(
              new TableId(database, table),
              (at, found, lease) -> new TableParents(at.access(), found, lease).run(keys)));
    }
    return done;
  }

  private List<String> unaware(Map<String, TableSchema> sources) {
    try (HiveAccess access = new HiveAccess(server)) {
      return sources.entrySet().stream()
          .filter(
              each ->
                  find(access, each.getKey())
                      .filter(table -> !knows(table, ChildKey.of(each.getValue())))
                      .isPresent())
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  private Optional<SyncedTable> find(HiveAccess access, String table) {
    TableId id = HiveNames.lower(new TableId(database, table));
    return Publication.find(access.metastore(), id).map(FoundTable::table);
  }

  /**
   * The tables that foreign keys refer to which tables do not know yet, or know and have no more.
   *
   * @param sources the tables as the source has them, by what they are called here
   */
  public Map<TableId, ChangedParents> otherParents(Map<String, TableSchema> sources) {
    Map<TableId, ChangedParents> others = new HashMap<>();
    try (HiveAccess access = new HiveAccess(server)) {
      // One that is not made yet begins with the keys of then.
      sources.forEach(
          (table, source) ->
              others.put(
                  source.id(),
                  find(access, table)
                      .map(
                          found ->
                              new ChildKeys(found.childKeys())
                                  .others(TableParents.stored(found, ChildKey.of(source))))
                      .orElse(ChangedParents.NONE)));
    }
    return others;
  }

  private static boolean knows(SyncedTable table, List<ChildKey> keys) {
    return new ChildKeys(table.childKeys()).areThose(TableParents.stored(table, keys));
  }
}
