package io.piplan.dts.sql;

import io.piplan.dts.PartitionBy;
import io.piplan.dts.PartitionBy.Transform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses {@code 'hive.partition'}. Whether a column alone is a time column, and so means by day, is
 * known only with the table: until then it is {@link Transform#VALUE}.
 */
final class HivePartitions {
  private static final String NAME = "`?([\\p{L}\\p{N}_$]+)`?";
  private static final Pattern COLUMN = Pattern.compile(NAME);
  private static final Pattern OF_COLUMN = Pattern.compile("(\\w+)\\s*\\(\\s*" + NAME + "\\s*\\)");
  private static final Pattern OF_NUMBER =
      Pattern.compile("(\\w+)\\s*\\(\\s*(\\d{1,9})\\s*,\\s*" + NAME + "\\s*\\)");
  private static final Pattern TABLE =
      Pattern.compile("(?s)\\s*(?:" + NAME + "|\\*)\\s*:(.*)", Pattern.DOTALL);

  private final OptionReader reader;
  private final OptionText option;
  private final String text;

  private HivePartitions(OptionReader reader, OptionText option, String text) {
    this.reader = reader;
    this.option = option;
    this.text = text;
  }

  static Map<String, List<PartitionBy>> parse(OptionReader reader) {
    OptionSpec spec = HiveOption.PARTITION.spec();
    Optional<String> text = reader.text(spec);
    return text.isEmpty() || text.get().isBlank()
        ? Map.of()
        : new HivePartitions(reader, reader.written(spec).orElseThrow(), text.get()).tables();
  }

  private Map<String, List<PartitionBy>> tables() {
    Map<String, List<PartitionBy>> tables = new LinkedHashMap<>();
    for (String part : split(text)) {
      Matcher matcher = TABLE.matcher(part);
      if (!matcher.matches()) {
        throw bad("'table: column' for each table");
      }
      String table = matcher.group(1) == null ? HiveOptions.EVERY_TABLE : matcher.group(1);
      if (tables.put(table, expressions(matcher.group(2).strip())) != null) {
        throw bad("each table once, found " + table + " twice");
      }
    }
    return tables;
  }

  private List<PartitionBy> expressions(String text) {
    boolean several = text.startsWith("(") && text.endsWith(")");
    List<PartitionBy> all = new ArrayList<>();
    for (String part : several ? split(text.substring(1, text.length() - 1)) : List.of(text)) {
      all.add(expression(part.strip()));
    }
    if (all.stream().map(PartitionBy::name).distinct().count() < all.size()) {
      throw bad("each expression of a table once");
    }
    return List.copyOf(all);
  }

  private PartitionBy expression(String text) {
    Matcher column = COLUMN.matcher(text);
    if (column.matches()) {
      return new PartitionBy(Transform.VALUE, column.group(1), 0);
    }
    Matcher ofColumn = OF_COLUMN.matcher(text);
    if (ofColumn.matches()) {
      Optional<Transform> transform = transform(ofColumn.group(1));
      if (transform.isPresent() && transform.get().ofTime()) {
        return new PartitionBy(transform.get(), ofColumn.group(2), 0);
      }
    }
    Matcher ofNumber = OF_NUMBER.matcher(text);
    if (ofNumber.matches()) {
      Optional<Transform> transform = transform(ofNumber.group(1));
      int number = Integer.parseInt(ofNumber.group(2));
      if (transform.isPresent() && transform.get().takesNumber() && number > 0) {
        return new PartitionBy(transform.get(), ofNumber.group(3), number);
      }
    }
    throw bad(
        "a column, year(c), month(c), day(c), hour(c), bucket(8, c) or range(1000, c), found "
            + text);
  }

  private static Optional<Transform> transform(String word) {
    for (Transform transform : Transform.values()) {
      if (transform.name().toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT))) {
        return Optional.of(transform);
      }
    }
    return Optional.empty();
  }

  /** At the commas outside parentheses. */
  private List<String> split(String list) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        parts.add(list.substring(from, i));
        from = i + 1;
      }
    }
    if (depth != 0) {
      throw bad("as many ) as (");
    }
    parts.add(list.substring(from));
    return parts;
  }

  private RuntimeException bad(String expected) {
    return reader.bad(
        option, text, expected, "write it as 'orders: placed_at, customers: (month(born), level)'");
  }
}
