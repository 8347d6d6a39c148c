package io.piplan.dts.flink;

import io.piplan.dts.sql.InsertRewriter;
import io.piplan.dts.sql.InsertRewriter.InsertTable;
import io.piplan.dts.sql.SystemTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;

/** Tells the {@link InsertRewriter} what tables a table environment has. */
public final class PlannerTables implements InsertRewriter.Tables {
  private final TableEnvironment environment;

  public PlannerTables(TableEnvironment environment) {
    this.environment = environment;
  }

  @Override
  public Optional<InsertTable> find(List<String> path) {
    Optional<List<Column>> columns = columns(path, "");
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    Optional<List<Column>> apply = columns(path, SystemTable.APPLY.suffix());
    return Optional.of(
        new InsertTable(
            columns.get().stream().map(Column::getName).toList(),
            apply.orElse(columns.get()).stream()
                .filter(Column::isPersisted)
                .map(Column::getName)
                .filter(name -> !name.equals(SystemTable.LSN_COLUMN))
                .toList(),
            columns(path, SystemTable.STREAM.suffix()).isPresent(),
            apply.isPresent(),
            columns(path, SystemTable.UPSERT.suffix()).isPresent()));
  }

  private Optional<List<Column>> columns(List<String> path, String suffix) {
    List<String> quoted = new ArrayList<>();
    for (int i = 0; i < path.size(); i++) {
      String name = i == path.size() - 1 ? path.get(i) + suffix : path.get(i);
      quoted.add("`" + name.replace("`", "``") + "`");
    }
    try {
      Table table = environment.from(String.join(".", quoted));
      return Optional.of(table.getResolvedSchema().getColumns());
    } catch (ValidationException e) {
      // Flink's way to say that there is no such table.
      return Optional.empty();
    }
  }
}
