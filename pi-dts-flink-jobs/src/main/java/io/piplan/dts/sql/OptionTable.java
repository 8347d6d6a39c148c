package io.piplan.dts.sql;

import java.util.List;
import java.util.stream.Collectors;

/** Describes options, for the documentation and for help on the command line. */
public final class OptionTable {
  private OptionTable() {}

  /** The options of SYNC as a Markdown table. */
  public static String ofSync() {
    return markdown(SyncOption.specs());
  }

  /** The options of CREATE CATALOG as a Markdown table. */
  public static String ofCatalogs() {
    return markdown(CatalogOption.specs());
  }

  /** The options of SYNC that are about Hive, as a Markdown table. */
  public static String ofHive() {
    return markdown(HiveOption.specs());
  }

  /** The options of a catalog of Hive as a Markdown table. */
  public static String ofHiveCatalogs() {
    return markdown(HiveCatalogOption.specs());
  }

  /** The options of SYNC as plain lines for a terminal. */
  public static String syncHelp() {
    return SyncOption.specs().stream()
        .map(
            spec ->
                "'%s' = %s%s%n    %s%n"
                    .formatted(
                        spec.name(),
                        values(spec),
                        spec.defaultText().isEmpty()
                            ? ""
                            : " (default " + plain(spec.defaultText()) + ")",
                        plain(spec.doc())))
        .collect(Collectors.joining());
  }

  private static String markdown(List<OptionSpec> specs) {
    return specs.stream()
        .map(
            spec ->
                "| `%s`%s | %s | %s | %s |\n"
                    .formatted(
                        spec.name(),
                        spec.aliases().stream()
                            .map(alias -> "<br>or `" + alias + "`")
                            .collect(Collectors.joining()),
                        values(spec),
                        spec.defaultText(),
                        spec.doc()))
        .collect(
            Collectors.joining(
                "", "| option | value | default | meaning |\n| --- | --- | --- | --- |\n", ""));
  }

  private static String values(OptionSpec spec) {
    return spec.type() == OptionType.CHOICE
        ? String.join(", ", spec.choices())
        : spec.type().description();
  }

  private static String plain(String markdown) {
    return markdown.replace("`", "");
  }
}
