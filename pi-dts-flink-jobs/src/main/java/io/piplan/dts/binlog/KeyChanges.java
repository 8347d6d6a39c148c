package io.piplan.dts.binlog;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a statement does to the keys of a table, beside what {@link Statement} says of it. */
record KeyChanges(TableId table, List<Change> changes) {
  private static final Pattern ACTS =
      Pattern.compile(" ON (DELETE|UPDATE) (CASCADE|SET NULL|SET DEFAULT)\\b");

  enum Kind {
    /** A foreign key, or another constraint, that neither changes nor deletes rows. */
    ADD_CONSTRAINT,
    ADD_ACTING_FOREIGN_KEY,
    ADD_UNIQUE,
    DROP_FOREIGN_KEY,
    /** Or its name. */
    DROP_INDEX,
    /** A foreign key, a unique key or a check. */
    DROP_CONSTRAINT
  }

  /**
   * One of them.
   *
   * @param name empty where the server gives one
   */
  record Change(Kind kind, String name) {}

  KeyChanges {
    changes = List.copyOf(changes);
  }

  /** Empty for what does nothing to keys; columns that bring keys along are not looked at. */
  static Optional<KeyChanges> of(String database, String sql) {
    SqlWords words = new SqlWords(sql);
    KeyChanges found =
        switch (words.next()) {
          case "ALTER" -> alter(database, words);
          case "DROP" -> words.skip("INDEX") ? index(database, words) : null;
          case "CREATE" -> create(database, words);
          default -> null;
        };
    return Optional.ofNullable(found).filter(changes -> !changes.changes().isEmpty());
  }

  private static KeyChanges create(String database, SqlWords words) {
    boolean replaces = words.skip("OR", "REPLACE");
    words.skip("ONLINE");
    boolean unique = words.skip("UNIQUE");
    words.skip("FULLTEXT");
    words.skip("SPATIAL");
    if (!words.skip("INDEX") || (!replaces && !unique)) {
      return null;
    }
    KeyChanges found = index(database, words);
    if (found == null || !unique) {
      return found;
    }
    Change added = new Change(Kind.ADD_UNIQUE, found.changes().get(0).name());
    return new KeyChanges(
        found.table(), replaces ? List.of(found.changes().get(0), added) : List.of(added));
  }

  private static KeyChanges index(String database, SqlWords words) {
    words.skip("IF", "NOT", "EXISTS");
    String name = words.name();
    for (String word = words.next(); !word.equals("ON"); word = words.next()) {
      if (word.isEmpty()) {
        return null;
      }
    }
    return new KeyChanges(words.table(database), List.of(new Change(Kind.DROP_INDEX, name)));
  }

  private static KeyChanges alter(String database, SqlWords words) {
    while (Set.of("ONLINE", "IGNORE").contains(words.next())) {
      // MariaDB has these before TABLE.
    }
    if (!words.last().equals("TABLE")) {
      return null;
    }
    words.skip("IF", "EXISTS");
    TableId table = words.table(database);
    words.skipWait();
    List<Change> changes = new ArrayList<>();
    do {
      if (words.skip("ADD")) {
        add(words, changes);
      } else if (words.skip("DROP")) {
        drop(words, changes);
      } else if (words.skip("RENAME") && (words.skip("INDEX") || words.skip("KEY"))) {
        changes.add(new Change(Kind.DROP_INDEX, words.name()));
      }
    } while (words.nextClause());
    return new KeyChanges(table, changes);
  }

  private static void add(SqlWords words, List<Change> changes) {
    boolean named = words.skip("CONSTRAINT");
    words.skip("IF", "NOT", "EXISTS");
    boolean foreign = words.skip("FOREIGN");
    String name = "";
    if (named && !foreign && !words.isNext("UNIQUE")) {
      name = words.name();
      foreign = words.skip("FOREIGN");
    }
    if (foreign && ACTS.matcher(words.clause()).find()) {
      changes.add(new Change(Kind.ADD_ACTING_FOREIGN_KEY, name));
    } else if (words.skip("UNIQUE")) {
      changes.add(new Change(Kind.ADD_UNIQUE, unique(words, name)));
    } else if (named || foreign) {
      changes.add(new Change(Kind.ADD_CONSTRAINT, name));
    }
  }

  /** The index's own name counts more than that of the constraint. */
  private static String unique(SqlWords words, String constraint) {
    words.skip("INDEX");
    words.skip("KEY");
    words.skip("IF", "NOT", "EXISTS");
    return words.isNext("(") || words.isNext("USING") ? constraint : words.name();
  }

  private static void drop(SqlWords words, List<Change> changes) {
    Kind kind = null;
    if (words.skip("FOREIGN")) {
      words.skip("KEY");
      kind = Kind.DROP_FOREIGN_KEY;
    } else if (words.skip("INDEX") || words.skip("KEY")) {
      kind = Kind.DROP_INDEX;
    } else if (words.skip("CONSTRAINT")) {
      kind = Kind.DROP_CONSTRAINT;
    }
    if (kind != null) {
      words.skip("IF", "EXISTS");
      changes.add(new Change(kind, words.name()));
    }
  }
}
