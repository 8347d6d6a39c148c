package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;

/** The tables that a statement names which is not understood otherwise. */
final class NamedTables {
  private NamedTables() {}

  /** Empty if not even they can be told. */
  static List<TableId> of(String sql, String database, ServerFacts server) {
    List<TableId> tables = new ArrayList<>();
    try {
      DdlTokens tokens = new DdlTokens(sql, server, SqlMode.USUAL);
      boolean rename = tokens.peek().is("RENAME");
      while (!tokens.atEnd() && !tokens.takeAny("TABLE", "TABLES", "ON")) {
        tokens.take();
      }
      if (!tokens.takeIf("IF", "NOT", "EXISTS")) {
        tokens.takeIf("IF", "EXISTS");
      }
      while (tokens.peek().isName()) {
        tables.add(tokens.table(database));
        if (!tokens.takeIf(",") && !(rename && tokens.takeIf("TO"))) {
          break;
        }
      }
    } catch (DdlException e) {
      return List.of();
    }
    return tables;
  }
}
