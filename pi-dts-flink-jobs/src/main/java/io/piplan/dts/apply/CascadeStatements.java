package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Repeats on the target what a cascading foreign key did at the source: MySQL before 9.6 and
 * MariaDB log the parent's change only. Doing it where the source did log it changes nothing.
 *
 * <p>Children are found by the values of the parent row, level by level, so tables that refer to
 * themselves or in circles end when no child is left.
 */
final class CascadeStatements {
  /** One foreign key between mapped tables, in terms of the target. */
  private record Link(
      ForeignKey foreignKey,
      TableMapping child,
      List<MappedColumn> childColumns,
      List<Integer> parentIndexes) {}

  private final Connection connection;
  private final Dialect dialect;
  private final Consumer<Cascade> watcher;
  private final Map<TableId, List<Link>> childrenOf = new HashMap<>();

  /**
   * @param watcher is told what is done, whether or not the target has child rows yet
   */
  CascadeStatements(
      Connection connection,
      Dialect dialect,
      Collection<TableMapping> mappings,
      Consumer<Cascade> watcher) {
    this.connection = connection;
    this.dialect = dialect;
    this.watcher = watcher;
    Map<TableId, TableMapping> byId = new HashMap<>();
    mappings.forEach(mapping -> byId.put(mapping.source().id(), mapping));
    for (TableMapping child : mappings) {
      for (ForeignKey foreignKey : child.source().foreignKeys()) {
        TableMapping parent = byId.get(foreignKey.parent());
        if (foreignKey.cascades() && parent != null) {
          link(foreignKey, parent, child)
              .ifPresent(
                  link ->
                      childrenOf
                          .computeIfAbsent(parent.source().id(), p -> new ArrayList<>())
                          .add(link));
        }
      }
    }
  }

  private static Optional<Link> link(
      ForeignKey foreignKey, TableMapping parent, TableMapping child) {
    List<MappedColumn> columns = new ArrayList<>();
    for (String name : foreignKey.columns()) {
      Optional<MappedColumn> column = mapped(child, name);
      if (column.isEmpty()) {
        return Optional.empty();
      }
      columns.add(column.get());
    }
    List<Integer> parents =
        foreignKey.parentColumns().stream().map(parent.source()::indexOf).toList();
    return parents.contains(-1)
        ? Optional.empty()
        : Optional.of(new Link(foreignKey, child, columns, parents));
  }

  private static Optional<MappedColumn> mapped(TableMapping mapping, String sourceName) {
    return mapping.columns().stream()
        .filter(column -> column.source().name().equalsIgnoreCase(sourceName))
        .findFirst();
  }

  /** Whether a table is at either end of a foreign key that counts. */
  static boolean ties(
      TableMapping mapping, Collection<TableMapping> all, Predicate<ForeignKey> counts) {
    return mapping.source().foreignKeys().stream().anyMatch(counts)
        || all.stream()
            .flatMap(other -> other.source().foreignKeys().stream())
            .anyMatch(key -> counts.test(key) && key.parent().equals(mapping.source().id()));
  }

  /** Whether the change can make others happen. */
  boolean concerns(ChangeEvent change) {
    for (Link link : childrenOf.getOrDefault(change.table(), List.of())) {
      if (acts(link, change.op(), change.before(), change.after())) {
        return true;
      }
    }
    return false;
  }

  private static boolean acts(Link link, Op op, Row before, Row after) {
    return switch (op) {
      case INSERT -> false;
      case DELETE -> link.foreignKey().onDelete() != ForeignKey.Action.RESTRICT;
      case UPDATE ->
          link.foreignKey().onUpdate() != ForeignKey.Action.RESTRICT
              && link.parentIndexes().stream()
                  .anyMatch(i -> !Arrays.equals(before.value(i), after.value(i)));
    };
  }

  /** Does to the children what the change, already applied, does to them. */
  void follow(Script script, ChangeEvent change) throws SQLException {
    script.flush();
    follow(script, change.lsn(), change.table(), change.op(), change.before(), change.after());
  }

  private void follow(Script script, Lsn lsn, TableId parent, Op op, Row before, Row after)
      throws SQLException {
    for (Link link : childrenOf.getOrDefault(parent, List.of())) {
      if (!acts(link, op, before, after) || hasNull(link, before)) {
        continue;
      }
      ForeignKey.Action action =
          op == Op.DELETE ? link.foreignKey().onDelete() : link.foreignKey().onUpdate();
      boolean deletes = op == Op.DELETE && action == ForeignKey.Action.CASCADE;
      Row values = action == ForeignKey.Action.CASCADE ? after : null;
      watcher.accept(cascade(lsn, link, before, deletes, values));
      List<Row> children = children(link, before);
      if (children.isEmpty()) {
        continue;
      }
      if (deletes) {
        script.sql().put("DELETE FROM ").put(name(link.child()));
        where(script.sql(), link, before);
        script.run();
        for (Row child : children) {
          follow(script, lsn, link.child().source().id(), Op.DELETE, child, null);
        }
      } else {
        set(script, link, before, values);
        for (Row child : children) {
          Row changed = changed(link, child, values);
          follow(script, lsn, link.child().source().id(), Op.UPDATE, child, changed);
        }
      }
    }
  }

  private static Cascade cascade(
      Lsn lsn, Link link, Row parent, boolean deletes, Row parentValues) {
    byte[][] none = new byte[link.child().source().columns().size()][];
    return new Cascade(
        lsn,
        link.child().source().id(),
        link.childColumns().stream().map(MappedColumn::sourceIndex).toList(),
        changed(link, new Row(none), parent),
        deletes ? null : changed(link, new Row(none), parentValues));
  }

  private static boolean hasNull(Link link, Row parent) {
    return link.parentIndexes().stream().anyMatch(i -> parent.value(i) == null);
  }

  private void set(Script script, Link link, Row before, Row values) throws SQLException {
    SqlBuffer out = script.sql().put("UPDATE ").put(name(link.child())).put(" SET ");
    for (int i = 0; i < link.childColumns().size(); i++) {
      MappedColumn column = link.childColumns().get(i);
      out.put(i == 0 ? "" : ",").put(dialect.quote(column.targetName())).put("=");
      byte[] value = values == null ? null : values.value(link.parentIndexes().get(i));
      if (value == null) {
        out.put("NULL");
      } else {
        dialect.literal(out, column, value, false);
      }
    }
    where(out, link, before);
    script.run();
  }

  private void where(SqlBuffer out, Link link, Row parent) {
    for (int i = 0; i < link.childColumns().size(); i++) {
      MappedColumn column = link.childColumns().get(i);
      out.put(i == 0 ? " WHERE " : " AND ").put(dialect.quote(column.targetName())).put("=");
      dialect.literal(out, column, parent.value(link.parentIndexes().get(i)), true);
    }
  }

  private static Row changed(Link link, Row child, Row values) {
    byte[][] after = child.values().clone();
    for (int i = 0; i < link.childColumns().size(); i++) {
      after[link.childColumns().get(i).sourceIndex()] =
          values == null ? null : values.value(link.parentIndexes().get(i));
    }
    return new Row(after);
  }

  /** The child rows, holding only the columns that further children may refer to. */
  private List<Row> children(Link link, Row parent) throws SQLException {
    List<Link> further = childrenOf.getOrDefault(link.child().source().id(), List.of());
    List<MappedColumn> needed =
        link.child().columns().stream()
            .filter(
                column ->
                    further.stream().anyMatch(l -> l.parentIndexes().contains(column.sourceIndex()))
                        || link.childColumns().contains(column))
            .toList();
    SqlBuffer sql = new SqlBuffer(256).put("SELECT ");
    sql.put(
        needed.stream()
            .map(column -> dialect.quote(column.targetName()))
            .collect(Collectors.joining(",")));
    sql.put(" FROM ").put(name(link.child()));
    where(sql, link, parent);
    List<Row> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.toString())) {
      while (rows.next()) {
        byte[][] values = new byte[link.child().source().columns().size()][];
        for (int i = 0; i < needed.size(); i++) {
          values[needed.get(i).sourceIndex()] = value(rows, i + 1, needed.get(i));
        }
        found.add(new Row(values));
        if (further.isEmpty()) {
          return found;
        }
      }
    }
    return found;
  }

  private static byte[] value(ResultSet rows, int number, MappedColumn column) throws SQLException {
    if (column.source().type().isRaw()) {
      return rows.getBytes(number);
    }
    String text = rows.getString(number);
    return text == null ? null : TableSql.utf8(text);
  }

  private String name(TableMapping table) {
    return dialect.quote(table.targetSchema()) + "." + dialect.quote(table.targetTable());
  }
}
