package io.piplan.dts.hive;

import io.piplan.dts.Column;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.ddl.TextTarget;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.TypeMapping;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;

/**
 * Keeps what is known of a sync's tables in its folder, and adds columns to logs. Opens its own
 * connections for each call, but for {@link #watch}.
 */
public record HiveTextTarget(HiveServer server, String database, String sync, HiveOptions options)
    implements TextTarget {
  static final String FOLDER = "ddl";
  private static final TypeMapping TYPES = TypeMapping.hive();

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
    public boolean isReached(Lsn place, int writers) {
      return folder.isPublished(place, writers);
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
  public boolean isSame(Column one, Column other) {
    return TYPES.map(one).ddl().equals(TYPES.map(other).ddl());
  }

  @Override
  public Optional<String> refusal(TableId table, Added column) {
    String name = column.column().name();
    if (options.layout() != Layout.CHANGELOG) {
      return Optional.of("'hive.layout' = '" + options.layoutName() + "' takes no new columns");
    }
    if (!HiveNames.isColumn(name) || LogColumns.isReserved(HiveNames.lower(name))) {
      return Optional.of("Hive or the log has no room for a column named " + name);
    }
    return column.value() == null || isPlain(column.column())
        ? Optional.empty()
        : Optional.of(
            "rows that are there get '"
                + column.value()
                + "' in the new column "
                + name
                + ", which Hive can't tell for "
                + column.column().columnType());
  }

  /** Whether a literal of the source is the same value when Hive casts it. */
  private static boolean isPlain(Column column) {
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, FLOAT, DOUBLE -> true;
      case CHAR, VARCHAR, TEXT, ENUM, SET, DATE, DATETIME -> true;
      case DECIMAL -> !TYPES.map(column).ddl().equals("string");
      case BIT, TIME, TIMESTAMP, BINARY, VARBINARY, BLOB, JSON, UUID, INET, GEOMETRY -> false;
    };
  }

  @Override
  public List<String> add(TableId table, List<Added> columns, Lsn place)
      throws InterruptedException {
    TableId id = new TableId(HiveNames.lower(table.database()), HiveNames.lower(table.table()));
    try (HiveAccess access = new HiveAccess(server)) {
      SyncFolder folder = SyncFolders.of(access, database, sync);
      Path location = access.metastore().location(database).orElseThrow();
      return new ColumnAddition(access, access.stateFiles(location), location, id)
          .add(columns, LogColumns.text(folder.generation(), place));
    }
  }
}
