package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Columns of a table that a statement calls otherwise, for foreign keys of other tables, which go
 * with them. Those of the table itself are in what {@link TableDraft} makes of it.
 *
 * @param names new names by old ones, those in lower case
 */
record RenamedColumns(TableId table, Map<String, String> names) {
  RenamedColumns {
    names = Map.copyOf(names);
  }

  /** Whether or not anything is known of the table: a foreign key says which columns it has. */
  static RenamedColumns of(TableId table, List<Alteration> alterations) {
    Map<String, String> names = new HashMap<>();
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.RenameColumn rename) {
        names.put(lower(rename.column()), rename.to());
      } else if (alteration instanceof Alteration.ChangeColumn change
          && !change.column().equals(change.spec().name())) {
        names.put(lower(change.column()), change.spec().name());
      }
    }
    return new RenamedColumns(table, names);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** What a column is called behind the statement. */
  String now(String before) {
    return names.getOrDefault(lower(before), before);
  }

  /** Lets the children know. */
  void follow(Outcome outcome) {
    if (names.isEmpty()) {
      return;
    }
    for (TableVersion version : outcome.all().values()) {
      // A definition that was read later has the names of later.
      boolean follows =
          version.exists() && version.definition() != null && !version.mayHold(outcome.at());
      if (follows && !version.table().equals(table)) {
        outcome.putFollowed(version, version.definition().withParentColumns(table, this::now));
      }
    }
  }
}
