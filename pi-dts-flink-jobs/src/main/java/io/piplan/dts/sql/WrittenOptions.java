package io.piplan.dts.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Options that came through Flink as a map, written down again so that errors can show them. */
record WrittenOptions(SourceText source, Token place, Map<String, OptionText> options) {
  static WrittenOptions of(String name, Map<String, String> options) {
    List<String> pairs = new ArrayList<>();
    options.forEach((key, value) -> pairs.add("'" + quoted(key) + "' = '" + quoted(value) + "'"));
    SourceText source =
        new SourceText(
            name, "WITH (\n" + String.join(",\n", pairs) + (pairs.isEmpty() ? ")" : "\n)"));
    TokenReader tokens = new TokenReader(source, Tokenizer.tokens(source));
    Token place = tokens.take();
    return new WrittenOptions(source, place, OptionList.parse(tokens));
  }

  private static String quoted(String text) {
    return text.replace("'", "''");
  }
}
