package io.piplan.proxy.differ;

import io.piplan.dal.DalException;
import io.piplan.dal.sql.Tokens;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Runs cases on one database and through the proxy, and compares all that is answered. */
final class CaseRun {
  /** 1235 refused, 1526 a key that belongs to no shard, 1104 more rows than are put together. */
  private static final Set<Integer> REFUSED = Set.of(1235, 1526, 1104);

  /** Where texts are written as literals or compared by shards, what can be mixed is more. */
  private static final Set<Integer> MIXED_COLLATIONS = Set.of(1267, 1270, 1271);

  /**
   * What a row may be refused for: which one of several rows is told depends on the order in which
   * they are written, and each shard writes its own.
   */
  private static final Set<Integer> BAD_ROWS = Set.of(1048, 1062, 1264, 1406, 1690, 1292, 1366);

  private final Ground ground;
  private final Map<String, Integer> refusals = new TreeMap<>();
  private final Map<Integer, Integer> errors = new TreeMap<>();
  private int same;
  private int refused;

  CaseRun(Ground ground) {
    this.ground = ground;
  }

  /** What differs. */
  record Difference(String sql, String what) {
    boolean isLike(Difference other) {
      return what.substring(0, Math.min(what.length(), 25))
          .equals(other.what.substring(0, Math.min(other.what.length(), 25)));
    }
  }

  int same() {
    return same;
  }

  int refused() {
    return refused;
  }

  Map<String, Integer> refusals() {
    return refusals;
  }

  Map<Integer, Integer> errors() {
    return errors;
  }

  /** The first difference of a case. */
  Optional<Difference> run(RandomCase one) throws SQLException, IOException {
    try {
      ground.lay(one.schema());
    } catch (DalException e) {
      return Optional.of(new Difference("RELOAD", "rules refused: " + e.getMessage()));
    }
    return again(one);
  }

  /** As {@link #run}, on tables that are there. */
  Optional<Difference> again(RandomCase one) throws SQLException {
    try (Connection proxied = ground.proxied();
        Connection single = ground.single()) {
      List<Line> all = new ArrayList<>(one.rows());
      all.addAll(one.statements());
      all.add(Line.of("COMMIT"));
      for (Line line : all) {
        Optional<Difference> found = compare(line, proxied, single);
        if (found.isPresent()) {
          return found;
        }
      }
      return contents(one.schema(), proxied, single);
    }
  }

  private Optional<Difference> compare(Line line, Connection proxied, Connection single)
      throws SQLException {
    Optional<Difference> found = compareOne(line, proxied, single);
    return found.isEmpty() && line.draws() != 0 && line.isQuery()
        ? compareOne(line.prepared(0), proxied, single)
        : found;
  }

  private Optional<Difference> compareOne(Line line, Connection proxied, Connection single) {
    Sending sending = Sending.of(line);
    List<String> sharded = List.of();
    SQLException failure = null;
    try {
      sharded = sending.answer(proxied, line.folded());
    } catch (SQLException e) {
      if (REFUSED.contains(e.getErrorCode())) {
        refused++;
        refusals.merge(
            e.getMessage().replaceAll("'[^']*'|[0-9]+|\\b[ct][0-9]\\b", "_"), 1, Integer::sum);
        return Optional.empty();
      }
      failure = e;
    }
    same++;
    String why = "";
    try {
      List<String> one = sending.answer(single, line.folded());
      boolean ordered =
          Tokens.of(line.sql()).stream().anyMatch(t -> t.depth() == 0 && t.is("ORDER"));
      if (failure != null) {
        why = "only the proxy fails: " + failure.getErrorCode() + " " + failure.getMessage();
      } else if (!sorted(sharded, ordered).equals(sorted(one, ordered))) {
        why =
            "other results: proxy\n  "
                + sorted(sharded, ordered)
                + "\n  single\n  "
                + sorted(one, ordered);
      }
    } catch (SQLException e) {
      errors.merge(e.getErrorCode(), 1, Integer::sum);
      boolean mixed = MIXED_COLLATIONS.contains(e.getErrorCode());
      if (failure == null && !mixed) {
        why = "only one database fails: " + e.getErrorCode() + " " + e.getMessage();
      } else if (failure != null
          && failure.getErrorCode() != e.getErrorCode()
          && !(mixed && MIXED_COLLATIONS.contains(failure.getErrorCode()))
          && !(BAD_ROWS.contains(e.getErrorCode()) && BAD_ROWS.contains(failure.getErrorCode()))) {
        why =
            "other errors: proxy "
                + failure.getErrorCode()
                + " "
                + failure.getMessage()
                + "\n  single "
                + e.getErrorCode()
                + " "
                + e.getMessage();
      }
    }
    return why.isEmpty() ? Optional.empty() : Optional.of(new Difference(sending.toString(), why));
  }

  private static List<String> sorted(List<String> rows, boolean ordered) {
    return ordered ? rows : rows.stream().sorted().toList();
  }

  /** All rows of all copies, and that each is found by its key. */
  private Optional<Difference> contents(RandomSchema schema, Connection proxied, Connection single)
      throws SQLException {
    for (RandomTable table : schema.tables()) {
      Sending all = new Sending("SELECT * FROM " + table.name(), null);
      List<String> expected = all.answer(single, false).stream().skip(1).sorted().toList();
      for (int copy = 0; copy < Math.max(1, table.deals().size()); copy++) {
        for (List<RandomTable.Actual> part : parts(table, copy, schema.shards())) {
          List<String> rows = rows(part);
          if (!rows.equals(expected)) {
            return Optional.of(
                new Difference(
                    all.sql(), "copy " + part + " has\n  " + rows + "\n  single\n  " + expected));
          }
        }
      }
      for (RandomTable.Deal deal : table.deals()) {
        Optional<Difference> lost = lost(table, deal.columns().get(0), proxied, single);
        if (lost.isPresent()) {
          return lost;
        }
      }
    }
    return Optional.empty();
  }

  /** The actual tables that hold all rows together. */
  private static List<List<RandomTable.Actual>> parts(RandomTable table, int copy, int shards) {
    List<RandomTable.Actual> all = table.actual(copy, shards);
    return table.deals().isEmpty() ? all.stream().map(List::of).toList() : List.of(all);
  }

  private List<String> rows(List<RandomTable.Actual> part) throws SQLException {
    List<String> rows = new ArrayList<>();
    for (RandomTable.Actual actual : part) {
      List<String> some =
          new Sending("SELECT * FROM " + actual.name(), null)
              .answer(ground.node(actual.node()), false);
      rows.addAll(some.subList(1, some.size()));
    }
    return rows.stream().sorted().toList();
  }

  private Optional<Difference> lost(
      RandomTable table, String key, Connection proxied, Connection single) throws SQLException {
    Sending keys = new Sending("SELECT DISTINCT " + key + " FROM " + table.name(), null);
    List<String> rows = keys.answer(single, false);
    for (String value : rows.subList(1, rows.size())) {
      String literal =
          value.equals("NULL") || (value.matches("-?[0-9]{1,14}") && !isText(table, key))
              ? value
              : "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
      Optional<Difference> found =
          compareOne(
              Line.of("SELECT COUNT(*) FROM " + table.name() + " WHERE " + key + " = " + literal),
              proxied,
              single);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static boolean isText(RandomTable table, String key) {
    return table.column(key).family() == RandomColumn.Family.TEXT;
  }
}
