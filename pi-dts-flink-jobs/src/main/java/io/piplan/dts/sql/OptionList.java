package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.sql.SqlScript.Piece;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Option lists: {@code ('key' = 'value', …)} after WITH, and in hints. */
final class OptionList {
  private OptionList() {}

  /** Parses a list from its opening to its closing parenthesis. */
  static Map<String, OptionText> parse(TokenReader tokens) {
    Map<String, OptionText> options = new LinkedHashMap<>();
    tokens.expectSymbol("(");
    if (tokens.takeSymbolIf(")")) {
      return options;
    }
    do {
      Token key = tokens.expectString("an option name in single quotes");
      tokens.expectSymbol("=");
      Token value = tokens.expectString("a value in single quotes");
      OptionText option = new OptionText(tokens.source(), key, value);
      if (options.put(key.value(), option) != null) {
        throw option.nameError(
            DtsError.DEFINITION_BAD_OPTION,
            "option '" + key.value() + "' is given twice",
            "remove one of the two");
      }
    } while (tokens.takeSymbolIf(","));
    if (!tokens.peek().isSymbol(")")) {
      throw tokens.unexpected("','", "')'");
    }
    tokens.take();
    return options;
  }

  /** The options in any statement, as far as they look like options; hints are left out. */
  static List<OptionText> within(SourceText source, List<Token> tokens) {
    List<OptionText> options = new ArrayList<>();
    for (int i = 0; i + 4 < tokens.size(); i++) {
      boolean opens = tokens.get(i).isWord("WITH") || tokens.get(i).isWord("SET");
      if (opens && tokens.get(i + 1).isSymbol("(") && isPair(tokens, i + 2)) {
        for (int j = i + 2; isPair(tokens, j); j += 4) {
          options.add(new OptionText(source, tokens.get(j), tokens.get(j + 2)));
          if (!tokens.get(j + 3).isSymbol(",")) {
            break;
          }
        }
      }
    }
    return options;
  }

  private static boolean isPair(List<Token> tokens, int i) {
    return i + 3 < tokens.size()
        && tokens.get(i).isString()
        && tokens.get(i + 1).isSymbol("=")
        && tokens.get(i + 2).isString();
  }

  /** The statement's text with the references in its option values read. */
  static String resolved(SourceText source, Piece piece, SecretLookup secrets) {
    int offset = piece.first().start();
    StringBuilder text = new StringBuilder(piece.text(source));
    List<OptionText> options = within(source, piece.tokens());
    for (int i = options.size() - 1; i >= 0; i--) {
      OptionText option = options.get(i);
      if (SecretLookup.REFERENCE.matcher(option.raw()).find()) {
        String value = option.resolve(secrets).replace("'", "''");
        text.replace(option.valueStart() - offset, option.valueEnd() - offset, "'" + value + "'");
      }
    }
    return text.toString();
  }
}
