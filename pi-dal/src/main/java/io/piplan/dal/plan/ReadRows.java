package io.piplan.dal.plan;

import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import java.util.List;

/**
 * INSERT … SELECT whose rows are read first and then written as values.
 *
 * @param insert as the app wrote it
 * @param source reads the rows
 * @param plan of the source
 */
public record ReadRows(Statement.Insert insert, Statement source, Plan plan) {
  /** The INSERT of some of the rows, each with its brackets. */
  public Statement insert(List<String> rows) {
    Span span = insert.values();
    return StatementReader.read(
        Edit.apply(insert.text(), List.of(new Edit(span, "VALUES " + String.join(", ", rows)))));
  }

  static ReadRows of(Statement.Insert insert) {
    String text = insert.values().of(insert.text()).trim();
    while (text.startsWith("(") && text.endsWith(")") && isBracketed(text)) {
      text = text.substring(1, text.length() - 1).trim();
    }
    Statement source = StatementReader.read(text);
    boolean stays =
        source instanceof Statement.Query query
            && !query.locks()
            && query.blocks().stream().anyMatch(block -> !block.tables().isEmpty());
    // As the server does it: the rows stay as they are until they are written.
    return new ReadRows(
        insert, stays ? StatementReader.read(text + " LOCK IN SHARE MODE") : source, null);
  }

  private static boolean isBracketed(String text) {
    var tokens = io.piplan.dal.sql.Tokens.of(text);
    for (int i = 1; i < tokens.size() - 1; i++) {
      if (tokens.get(i).depth() == 0) {
        return false;
      }
    }
    return true;
  }

  ReadRows with(Plan found) {
    return new ReadRows(insert, source, found);
  }
}
