package io.piplan.dts.sql;

import java.util.List;

/**
 * What one option is: the single place from which it is parsed, checked and documented.
 *
 * @param aliases other names under which it is understood
 * @param choices the only values, for {@link OptionType#CHOICE}
 * @param defaultText how the default is described; empty if there is none
 * @param doc one or two sentences in Markdown
 */
public record OptionSpec(
    String name,
    List<String> aliases,
    OptionType type,
    List<String> choices,
    String defaultText,
    String doc) {
  public OptionSpec {
    aliases = List.copyOf(aliases);
    choices = List.copyOf(choices);
  }

  static OptionSpec of(String name, OptionType type, String defaultText, String doc) {
    return new OptionSpec(name, List.of(), type, List.of(), defaultText, doc);
  }

  static OptionSpec choice(String name, String defaultText, List<String> choices, String doc) {
    return new OptionSpec(name, List.of(), OptionType.CHOICE, choices, defaultText, doc);
  }

  OptionSpec alias(String... names) {
    return new OptionSpec(name, List.of(names), type, choices, defaultText, doc);
  }
}
