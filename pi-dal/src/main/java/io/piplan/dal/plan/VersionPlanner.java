package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.ZoneRules;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Literals;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.meta.RowVersion;
import io.piplan.meta.ZsKey;
import io.piplan.meta.Zsid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** What zones ask of a statement that could be planned without them. */
final class VersionPlanner {
  private final ZoneRules zones;
  private final TableFinder finder;
  private final Function<Statement, Plan> planner;

  /**
   * A planner.
   *
   * @param planner plans statements with versions in them
   */
  VersionPlanner(ZoneRules zones, TableFinder finder, Function<Statement, Plan> planner) {
    this.zones = zones;
    this.finder = finder;
    this.planner = planner;
  }

  /**
   * The plan that counts.
   *
   * @param plan as if there were no versions
   */
  Plan plan(Statement statement, Plan plan) {
    try {
      if (namesTheColumn(statement.text())) {
        throw new DalException(
            DalError.UNKNOWN_COLUMN,
            "Unknown column '" + RowVersion.COLUMN + "': row versions are kept by PiDAL");
      }
      if (statement instanceof Statement.Ddl ddl) {
        return ddl(ddl, plan);
      }
      boolean writes =
          plan instanceof Plan.Write
              || plan instanceof Plan.Move
              || (plan instanceof Plan.OneNode one && one.writes());
      return writes ? write(statement, plan) : plan;
    } catch (DalException e) {
      return new Plan.Refused(e.error(), e.getMessage());
    }
  }

  private static boolean namesTheColumn(String text) {
    return text.toLowerCase(Locale.ROOT).contains(RowVersion.COLUMN)
        && Tokens.of(text).stream()
            .anyMatch(token -> token.isName() && token.name().equalsIgnoreCase(RowVersion.COLUMN));
  }

  private static boolean isVersioned(UsedTable table) {
    return table.shape() != null && table.shape().version() != null;
  }

  private Plan ddl(Statement.Ddl ddl, Plan plan) {
    UsedTable table = finder.findForDdl(ddl.table(), 0);
    if (!isVersioned(table) || plan instanceof Plan.Refused) {
      return plan;
    }
    if (!ddl.source().isEmpty()) {
      throw refuse(table, "CREATE TABLE … SELECT", "write CREATE TABLE, then INSERT");
    }
    if (ddl.verb().equals("TRUNCATE")) {
      throw refuse(table, "TRUNCATE", "it would take rows of other zones; write DELETE");
    }
    List<Token> tokens = Tokens.of(ddl.text());
    boolean creates =
        ddl.verb().equals("CREATE")
            && tokens.stream()
                .anyMatch(t -> t.begin() < ddl.table().span().begin() && t.is("TABLE"));
    for (Token token : tokens) {
      if (creates && token.is("(") && token.begin() >= ddl.table().span().end()) {
        String column =
            UsedTable.quoted(RowVersion.COLUMN) + " BIGINT NOT NULL DEFAULT 0 INVISIBLE, ";
        Edit edit = new Edit(new Span(token.end(), token.end()), column);
        return planner.apply(StatementReader.read(Edit.apply(ddl.text(), List.of(edit))));
      }
    }
    return plan;
  }

  private Plan write(Statement statement, Plan plan) {
    List<UsedTable> tables =
        statement instanceof Statement.Insert insert
            ? List.of(finder.find(insert.table(), 0))
            : finder.find(((Statement.Change) statement).blocks()).stream()
                .filter(table -> table.block() == 0)
                .toList();
    UsedTable table = tables.stream().filter(VersionPlanner::isVersioned).findFirst().orElse(null);
    if (table == null) {
      return plan;
    }
    if (tables.size() > 1) {
      throw refuse(table, "a change with joins", "write IN (SELECT …) instead of the join");
    }
    ZsKey key = zones.key(table.rule()).orElse(null);
    if (statement instanceof Statement.Insert insert) {
      checkInsert(insert, table, key);
    } else {
      checkChange((Statement.Change) statement, table, key);
    }
    return new Plan.Versioned(
        new VersionedWrite(statement, table, new VersionSql(zones, table.shape(), key), planner));
  }

  private static DalException refuse(UsedTable table, String what, String instead) {
    return new DalException(
        DalError.REFUSED,
        what + " of table " + table.rule().name() + ", whose rows have versions: " + instead);
  }

  private void checkInsert(Statement.Insert insert, UsedTable table, ZsKey key) {
    if (insert.replace()) {
      throw refuse(table, "REPLACE", "write INSERT … ON DUPLICATE KEY UPDATE");
    }
    if (key == null) {
      return;
    }
    for (String name : insert.updated()) {
      if (key.columns().stream().anyMatch(name::equalsIgnoreCase)) {
        throw refuse(
            table, "ON DUPLICATE KEY UPDATE of " + name, "it decides the zone of a row; leave it");
      }
    }
    List<String> columns = insert.columns().isEmpty() ? table.shape().inserted() : insert.columns();
    for (Statement.InsertRow row : insert.rows()) {
      List<Optional<Value>> values = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      for (String name : key.columns()) {
        Statement.InsertValue found = null;
        for (int i = 0; i < Math.min(columns.size(), row.values().size()); i++) {
          found = columns.get(i).equalsIgnoreCase(name) ? row.values().get(i) : found;
        }
        values.add(found == null ? Optional.empty() : found.literal());
        texts.add(found == null ? "no value" : found.text().trim());
      }
      checkOwner(table, key, values, texts);
    }
  }

  private void checkChange(Statement.Change change, UsedTable table, ZsKey key) {
    if (change.blocks().get(0).derived()) {
      throw refuse(table, "a change with joins", "write IN (SELECT …) instead of the join");
    }
    if (change.ignore()) {
      throw refuse(table, "IGNORE in a change", "rows of other zones could be left out; leave it");
    }
    if (Tokens.of(change.text()).stream().anyMatch(t -> t.depth() == 0 && t.is("RETURNING"))) {
      throw refuse(table, "RETURNING", "read the rows by SELECT … FOR UPDATE first");
    }
    if (key == null) {
      return;
    }
    List<Optional<Value>> values = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    int given = 0;
    for (String name : key.columns()) {
      int at = -1;
      for (int i = 0; i < change.assigned().size(); i++) {
        at = change.assigned().get(i).name().equalsIgnoreCase(name) ? i : at;
      }
      given += at < 0 ? 0 : 1;
      values.add(at < 0 ? Optional.empty() : Literals.of(change.values().get(at)));
      texts.add(at < 0 ? "no value" : change.values().get(at).trim());
    }
    if (given > 0) {
      checkOwner(table, key, values, texts);
    }
  }

  private void checkOwner(
      UsedTable table, ZsKey key, List<Optional<Value>> values, List<String> texts) {
    List<byte[]> printed = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ColumnShape column = table.shape().column(key.columns().get(i)).orElseThrow();
      boolean none = values.get(i).filter(Value::isNull).isPresent();
      Optional<byte[]> text = values.get(i).flatMap(value -> printed(column, value));
      if (text.isEmpty() && !none) {
        throw new DalException(
            DalError.REFUSED,
            "column "
                + table.rule().name()
                + "."
                + column.name()
                + " decides the zone of a row, and gets "
                + texts.get(i)
                + "; write a literal that a "
                + column.columnType()
                + " column stores unchanged");
      }
      printed.add(text.orElse(null));
    }
    Optional<Zsid> zsid = key.zsid(printed);
    if (zsid.isPresent() && zones.owns(zsid.get())) {
      return;
    }
    String row =
        "a row of table "
            + table.rule().name()
            + " with "
            + String.join(", ", key.columns())
            + " = "
            + String.join(", ", texts);
    throw new DalException(
        DalError.NOT_OWNED,
        zsid.isEmpty()
            ? row + " has no ZSID, so that no zone may write it; give it another value"
            : row
                + " has ZSID "
                + zsid.get()
                + ", which belongs to "
                + zones.owner(zsid.get())
                + " and not to "
                + zones.here()
                + "; write it there, or retry here when it has been switched");
  }

  /** A value as the database will print it; empty if that isn't known. */
  private static Optional<byte[]> printed(ColumnShape column, Value value) {
    if (!column.isText()) {
      return KeyValues.written(column, value);
    }
    boolean whole = value.kind() == Value.Kind.NUMBER && value.asText().matches("-?[0-9]+");
    if (value.isNull()
        || !(whole || value.kind() == Value.Kind.TEXT)
        || !KeyValues.isStored(column, value.asText())
        || value.asText().matches("-?[0-9]+[.][0-9]+")) {
      return Optional.empty();
    }
    String text = value.asText();
    return Optional.of(
        (column.dataType().equals("char") ? text.replaceAll(" +$", "") : text)
            .getBytes(StandardCharsets.UTF_8));
  }
}
