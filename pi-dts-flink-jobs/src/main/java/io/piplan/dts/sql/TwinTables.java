package io.piplan.dts.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * The tables that stand beside one that a definition creates with a connector of ours, as a catalog
 * has them by itself: to be created right after it.
 */
public final class TwinTables {
  private TwinTables() {}

  /** The statements that create the twins; none if it is not a CREATE TABLE of ours. */
  public static List<String> statements(String createTable) {
    SourceText source = new SourceText("statement", createTable);
    List<Token> tokens = Tokenizer.tokens(source);
    TokenReader reader = new TokenReader(source, tokens);
    if (!reader.takeIf("CREATE")) {
      return List.of();
    }
    boolean temporary = reader.takeIf("TEMPORARY");
    if (!reader.takeIf("TABLE")) {
      return List.of();
    }
    boolean ifNotExists = reader.takeIf("IF", "NOT", "EXISTS");
    List<String> path = new ArrayList<>();
    do {
      path.add(reader.expectIdentifier("the name of the table").value());
    } while (reader.takeSymbolIf("."));
    String connector =
        OptionList.within(source, tokens).stream()
            .filter(option -> option.name().equals("connector"))
            .map(OptionText::raw)
            .findFirst()
            .orElse("");
    String create =
        "CREATE "
            + (temporary ? "TEMPORARY " : "")
            + "TABLE "
            + (ifNotExists ? "IF NOT EXISTS " : "");
    List<String> statements = new ArrayList<>();
    String column = "(`" + SystemTable.LSN_COLUMN + "` STRING METADATA";
    String like = ") LIKE " + InsertRewriter.quote(path, "");
    if (connector.equals("mysql-cdc") || connector.equals("pi-mysql")) {
      String twin = InsertRewriter.quote(path, SystemTable.STREAM.suffix());
      statements.add(create + twin + " " + column + " VIRTUAL" + like);
    }
    if (connector.equals("pi-postgres") || connector.equals("pi-mysql")) {
      String twin = InsertRewriter.quote(path, SystemTable.APPLY.suffix());
      // Why without its key: see the catalog's table of that name.
      statements.add(create + twin + " " + column + like + " (EXCLUDING CONSTRAINTS)");
    }
    return statements;
  }
}
