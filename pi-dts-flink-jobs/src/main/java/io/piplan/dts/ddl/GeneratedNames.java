package io.piplan.dts.ddl;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of foreign keys that the server has made from that of their table, where they were stored
 * by an earlier release: that did not follow them when the table got another name.
 */
final class GeneratedNames {
  private static final Pattern GENERATED =
      Pattern.compile("(.+)(_ibfk_[0-9]{1,9})", Pattern.CASE_INSENSITIVE);

  private final Function<TableId, Optional<LiveSource.One>> live;

  /**
   * @param live asked only about tables that have such names
   */
  GeneratedNames(Function<TableId, Optional<LiveSource.One>> live) {
    this.live = live;
  }

  /** The tables, with the names of keys that the server has under those of now. */
  Map<TableId, TableVersion> current(Map<TableId, TableVersion> tables) {
    Map<TableId, TableVersion> current = new HashMap<>();
    tables.forEach((table, version) -> current.put(table, current(version)));
    return current;
  }

  private TableVersion current(TableVersion version) {
    boolean doubtful =
        version.exists()
            && version.definition() != null
            && version.definition().schema().foreignKeys().stream()
                .anyMatch(key -> nameNow(version.table(), key).isPresent());
    if (!doubtful) {
      return version;
    }
    List<ForeignKey> there =
        live.apply(version.table())
            .flatMap(LiveSource.One::definition)
            .map(definition -> definition.schema().foreignKeys())
            .orElse(List.of());
    TableDefinition named =
        version.definition().withKeyNames(key -> name(version.table(), key, there));
    return version.withDefinition(named, version.readAt());
  }

  /** What the server must call a key now if it named it; empty if it can't have. */
  private static Optional<String> nameNow(TableId table, ForeignKey key) {
    Matcher name = GENERATED.matcher(key.name());
    return name.matches() && !name.group(1).equalsIgnoreCase(table.table())
        ? Optional.of(table.table() + name.group(2))
        : Optional.empty();
  }

  /** Somebody may have given it the name of another table's, and so it stays. */
  private static String name(TableId table, ForeignKey key, List<ForeignKey> there) {
    boolean kept = there.stream().anyMatch(other -> other.name().equalsIgnoreCase(key.name()));
    return nameNow(table, key)
        .filter(now -> !kept)
        .filter(
            now ->
                there.stream()
                    .anyMatch(
                        other ->
                            other.name().equalsIgnoreCase(now)
                                && other.columns().equals(key.columns())
                                && other.onDelete() == key.onDelete()
                                && other.onUpdate() == key.onUpdate()))
        .orElse(key.name());
  }
}
