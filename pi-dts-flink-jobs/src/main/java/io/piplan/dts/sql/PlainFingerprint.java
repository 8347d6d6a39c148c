package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.StatementSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What of a definition's plain statements must not change between a savepoint and its resume: the
 * INSERTs, the tables and views they go by, and where they read and write. White space, comments,
 * hints, options of tables beyond their place, and passwords make no difference.
 *
 * @param parts name → normalised value; of tables and views the kind, a colon and the name
 */
public record PlainFingerprint(DefinitionFingerprint parts) {
  /**
   * @param places the addresses and tables of sources and targets, by what they are called
   */
  public static PlainFingerprint of(
      String job, List<Statement> statements, Map<String, String> places) {
    Map<String, String> parts = new TreeMap<>(places);
    parts.put("name", job);
    List<FlinkStatement> inserts = new ArrayList<>();
    for (Statement statement : statements) {
      if (statement instanceof StatementSet set) {
        inserts.addAll(set.inserts());
      } else if (statement instanceof FlinkStatement flink && flink.insert()) {
        inserts.add(flink);
      } else if (statement instanceof FlinkStatement flink) {
        define(flink, parts);
      }
    }
    for (int i = 0; i < inserts.size(); i++) {
      String shown = inserts.get(i).shown();
      List<Token> tokens = Tokenizer.tokens(new SourceText("insert", shown));
      parts.put("INSERT " + (i + 1), text(shown, tokens));
    }
    return new PlainFingerprint(new DefinitionFingerprint(parts));
  }

  private static void define(FlinkStatement statement, Map<String, String> parts) {
    String shown = statement.shown();
    SourceText source = new SourceText("statement", shown);
    List<Token> tokens = Tokenizer.tokens(source);
    TokenReader reader = new TokenReader(source, tokens);
    reader.takeIf("CREATE");
    reader.takeIf("OR", "REPLACE");
    reader.takeIf("TEMPORARY");
    boolean view = reader.isNext("VIEW");
    if (!view && !reader.isNext("TABLE")) {
      return;
    }
    reader.take();
    reader.takeIf("IF", "NOT", "EXISTS");
    List<String> path = new ArrayList<>();
    do {
      path.add(reader.take().value());
    } while (reader.takeSymbolIf("."));
    parts.put(
        (view ? "VIEW:" : "TABLE:") + String.join(".", path),
        text(shown, view ? tokens : withoutOptions(tokens)));
  }

  /** Without {@code WITH (…)}: what matters of it is in the places. */
  private static List<Token> withoutOptions(List<Token> tokens) {
    List<Token> kept = new ArrayList<>();
    int depth = 0;
    boolean inOptions = false;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      inOptions |= depth == 0 && token.isWord("WITH") && tokens.get(i + 1).isSymbol("(");
      if (!inOptions) {
        kept.add(token);
      }
      if (token.isSymbol("(")) {
        depth++;
      } else if (token.isSymbol(")")) {
        depth--;
        inOptions &= depth > 0;
      }
    }
    return kept;
  }

  private static String text(String shown, List<Token> tokens) {
    List<String> words = new ArrayList<>();
    for (Token token : tokens) {
      if (token.kind() != Token.Kind.HINT && token.kind() != Token.Kind.END) {
        words.add(shown.substring(token.start(), token.end()));
      }
    }
    return String.join(" ", words);
  }

  /**
   * Refuses to resume a job that means something else now.
   *
   * @throws DtsException {@code DEFINITION_CHANGED}
   */
  public void checkSame(PlainFingerprint now) {
    // A table or view that only one of them has matters by the INSERTs that name it.
    Set<String> defined = defined();
    defined.retainAll(now.defined());
    List<String> differences = parts.differences(now.parts, defined);
    if (!differences.isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_CHANGED,
          "the plain statements of job '"
              + now.parts.parts().get("name")
              + "' have changed since the savepoint or checkpoint it would go on from: "
              + String.join("; ", differences),
          "undo the change, or begin anew with --fresh: tables are copied again, and rows that only"
              + " the statements of before would write stay on the target");
    }
  }

  private Set<String> defined() {
    Set<String> names = new HashSet<>();
    for (String name : parts.parts().keySet()) {
      int colon = name.indexOf(':');
      if (colon >= 0) {
        names.add(name.substring(colon + 1));
      }
    }
    return names;
  }

  /** One line that {@link #decode} reads; holds no secret. */
  public String encode() {
    return parts.encode();
  }

  public static PlainFingerprint decode(String encoded) {
    return new PlainFingerprint(DefinitionFingerprint.decode(encoded));
  }
}
