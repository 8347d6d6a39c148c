package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every state that each row of the {@link Counters}' table has taken on one side, as triggers
 * recorded it. Locks on the row put the records of a row in order.
 */
record Audit(Map<Integer, List<String>> states) {
  private static final String GONE = "gone";

  private static final String COLUMNS =
      "(seq %s PRIMARY KEY, op CHAR(1), id INT, n BIGINT, balance BIGINT)";

  static final String MYSQL_COLUMNS = COLUMNS.formatted("BIGINT AUTO_INCREMENT");

  /** A changed key is the end of one row and the beginning of another. */
  private static final String MYSQL_RECORD =
      "INSERT INTO audit (op, id, n, balance) VALUES ('%s', %s.id, %s.n, %s.balance)";

  static final List<String> ON_MYSQL =
      List.of(
          "CREATE TABLE audit " + MYSQL_COLUMNS,
          "CREATE TRIGGER ai AFTER INSERT ON c FOR EACH ROW " + record("I", "NEW"),
          "CREATE TRIGGER ad AFTER DELETE ON c FOR EACH ROW " + record("D", "OLD"),
          "CREATE TRIGGER au AFTER UPDATE ON c FOR EACH ROW IF OLD.id <> NEW.id THEN "
              + record("D", "OLD")
              + "; "
              + record("I", "NEW")
              + "; ELSE "
              + record("U", "NEW")
              + "; END IF");

  static final List<String> ON_POSTGRES =
      List.of(
          "CREATE TABLE audit " + COLUMNS.formatted("BIGSERIAL"),
          """
          CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.id <> NEW.id) THEN
              INSERT INTO audit (op, id, n, balance) VALUES ('D', OLD.id, OLD.n, OLD.balance);
            END IF;
            IF TG_OP <> 'DELETE' THEN
              INSERT INTO audit (op, id, n, balance)
                VALUES (CASE WHEN TG_OP = 'UPDATE' AND OLD.id = NEW.id THEN 'U' ELSE 'I' END,
                  NEW.id, NEW.n, NEW.balance);
            END IF;
            RETURN NULL;
          END $$
          """,
          "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON c"
              + " FOR EACH ROW EXECUTE FUNCTION audited()",
          "ALTER TABLE c ENABLE ALWAYS TRIGGER audited");

  private static String record(String op, String row) {
    return MYSQL_RECORD.formatted(op, row, row, row);
  }

  static Audit read(Connection connection) throws SQLException {
    Map<Integer, List<String>> states = new LinkedHashMap<>();
    for (List<String> row :
        SyncHarness.rows(connection, "SELECT id, op, n, balance FROM audit ORDER BY id, seq")) {
      String state = row.get(1).equals("D") ? GONE : row.get(2) + "/" + row.get(3);
      states.computeIfAbsent(Integer.valueOf(row.get(0)), id -> new ArrayList<>()).add(state);
    }
    return new Audit(states);
  }

  static long count(Connection connection) throws SQLException {
    return Long.parseLong(SyncHarness.rows(connection, "SELECT COUNT(*) FROM audit").get(0).get(0));
  }

  long size() {
    return states.values().stream().mapToLong(List::size).sum();
  }

  /** Asserts that each row took just the states of the source, each once, in the same order. */
  void assertSame(Audit source) {
    for (Map.Entry<Integer, List<String>> row : source.states.entrySet()) {
      assertSame(row.getKey(), states.getOrDefault(row.getKey(), List.of()), row.getValue());
    }
    assertThat(states.keySet()).isEqualTo(source.states.keySet());
  }

  /** Asserts that each row took all states of the source in order, with any others in between. */
  void assertContains(Audit source) {
    for (Map.Entry<Integer, List<String>> row : source.states.entrySet()) {
      List<String> found = states.getOrDefault(row.getKey(), List.of());
      int at = 0;
      for (String state : row.getValue()) {
        int next = found.subList(at, found.size()).indexOf(state);
        assertThat(next)
            .as("state %s of row %d after %d of %d found", state, row.getKey(), at, found.size())
            .isNotNegative();
        at += next + 1;
      }
    }
    assertThat(states.keySet()).isEqualTo(source.states.keySet());
  }

  /**
   * Asserts that each row began with some state of the source, as its copy saw it, and then took
   * just the later ones in order. A chunk that is copied again may repeat the state of the moment.
   */
  void assertEndOf(Audit source) {
    assertThat(source.states.keySet()).containsAll(states.keySet());
    for (Map.Entry<Integer, List<String>> row : source.states.entrySet()) {
      List<String> expected = withoutRepeats(row.getValue());
      List<String> found = withoutRepeats(states.getOrDefault(row.getKey(), List.of()));
      if (found.isEmpty()) {
        assertThat(expected.get(expected.size() - 1)).as("row %d", row.getKey()).isEqualTo(GONE);
      } else {
        int from = Math.max(0, expected.size() - found.size());
        assertSame(row.getKey(), found, expected.subList(from, expected.size()));
      }
    }
  }

  /** Shows where two histories part. */
  private static void assertSame(int row, List<String> found, List<String> expected) {
    for (int i = 0; i < Math.max(found.size(), expected.size()); i++) {
      assertThat(part(found, i))
          .as("row %d, %d states of %d, from %d on", row, found.size(), expected.size(), i)
          .isEqualTo(part(expected, i));
    }
  }

  private static List<String> part(List<String> states, int from) {
    return states.subList(Math.min(from, states.size()), Math.min(from + 5, states.size()));
  }

  private static List<String> withoutRepeats(List<String> states) {
    List<String> kept = new ArrayList<>();
    for (String state : states) {
      if (kept.isEmpty() || !kept.get(kept.size() - 1).equals(state)) {
        kept.add(state);
      }
    }
    return kept;
  }
}
