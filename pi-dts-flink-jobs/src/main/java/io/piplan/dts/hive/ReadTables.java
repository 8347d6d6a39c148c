package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.HiveServer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/** What a reader finds in a database of Hive; of synced tables the current state. */
public final class ReadTables implements AutoCloseable {
  private final HiveAccess access;

  public ReadTables(HiveServer server) {
    this.access = new HiveAccess(server);
  }

  /** A column; the type as Hive spells it. */
  public record ReadColumn(String name, String type) {
    /** The type without its numbers. */
    public String family() {
      return new HiveColumn(name, type).family();
    }

    /** Digits after the point of a decimal. */
    public int scale() {
      return new HiveColumn(name, type).scale();
    }
  }

  /**
   * A table or view.
   *
   * @param columns of a synced table those of the source: what it is partitioned by is made of them
   * @param key empty if it is not known
   */
  public record ReadTable(List<ReadColumn> columns, List<String> key) {
    public ReadTable {
      columns = List.copyOf(columns);
      key = List.copyOf(key);
    }
  }

  /** All names but those that hold the logs and states of others. */
  public List<String> names(String database) {
    List<String> all = access.metastore().tables(HiveNames.lower(database));
    Set<String> hidden = new HashSet<>();
    for (String name : all) {
      TableId id = new TableId("", name);
      if (all.contains(HiveNames.log(id).table())) {
        hidden.add(HiveNames.log(id).table());
        hidden.add(HiveNames.state(id).table());
      }
    }
    return all.stream().filter(name -> !hidden.contains(name)).sorted().toList();
  }

  public Optional<ReadTable> table(String database, String name) {
    TableId id = new TableId(HiveNames.lower(database), HiveNames.lower(name));
    Optional<FoundTable> synced = Publication.find(access.metastore(), id);
    if (synced.isPresent()) {
      SyncedTable table = synced.get().table();
      return Optional.of(
          new ReadTable(
              table.columns().stream()
                  .map(column -> new ReadColumn(column.name(), column.type()))
                  .toList(),
              table.key()));
    }
    return access.metastore().find(id).map(ReadTables::plain);
  }

  private static ReadTable plain(Table table) {
    List<ReadColumn> columns = new ArrayList<>();
    for (List<FieldSchema> fields : List.of(table.getSd().getCols(), table.getPartitionKeys())) {
      fields.forEach(field -> columns.add(new ReadColumn(field.getName(), field.getType())));
    }
    return new ReadTable(columns, List.of());
  }

  @Override
  public void close() {
    access.close();
  }
}
