package io.piplan.proxy.command;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Whether statements leave something behind on their connection that nothing else can restore. */
final class StatementEffects {
  /** These leave nothing, or only what the status of their response tells (a transaction). */
  private static final Set<String> NO_TRACES =
      Set.of(
          "SELECT",
          "INSERT",
          "UPDATE",
          "DELETE",
          "REPLACE",
          "WITH",
          "VALUES",
          "TABLE",
          "SHOW",
          "DESC",
          "DESCRIBE",
          "EXPLAIN",
          "ANALYZE",
          "BEGIN",
          "START",
          "COMMIT",
          "ROLLBACK",
          "SAVEPOINT",
          "RELEASE",
          "CREATE",
          "ALTER",
          "DROP",
          "TRUNCATE",
          "RENAME",
          "OPTIMIZE",
          "CHECK",
          "CHECKSUM",
          "REPAIR",
          "GRANT",
          "REVOKE",
          "KILL",
          "LOAD",
          "DO",
          "HELP");

  private static final Set<String> SCHEMAS = Set.of("DATABASE", "SCHEMA");

  private static final Set<Trait> TIES =
      Set.of(
          Trait.USER_VARIABLE,
          Trait.NAMED_LOCK,
          Trait.TEMPORARY_TABLE,
          Trait.SEQUENCE_VALUE,
          Trait.CALC_FOUND_ROWS,
          Trait.SETS_INSERT_ID);

  private StatementEffects() {}

  private static boolean dropsSchema(String first, List<String> words) {
    return first.equals("DROP")
        && words.size() > 1
        && SCHEMAS.contains(words.get(1).toUpperCase(Locale.ROOT));
  }

  /** Makes the session keep its connection if the statements need that. */
  static void pin(StatementScan scan, SessionState state) {
    for (Trait trait : scan.traits()) {
      if (TIES.contains(trait)) {
        state.pin(trait.meaning());
      }
    }
    for (List<String> words : scan.statements()) {
      String first = words.get(0).toUpperCase(Locale.ROOT);
      if (!NO_TRACES.contains(first)) {
        state.pin("it runs " + first);
      } else if (dropsSchema(first, words)) {
        // The server takes a connection out of a schema that it drops.
        state.pin("it drops a schema");
      }
    }
  }
}
