package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What of a sync must not change between a savepoint and its resume, part by part, so that a change
 * can be named. Speed, limits and the choice of tables may change: a table that is added gets
 * copied. White space, comments, clause order and passwords make no difference.
 *
 * @param parts name → normalised value; names of tables come after the part's name and a colon
 */
public record DefinitionFingerprint(Map<String, String> parts) {
  private static final Set<String> CHOICES = Set.of("delivery", "apply.transactions", "zero-dates");

  public DefinitionFingerprint {
    parts = Collections.unmodifiableMap(new TreeMap<>(parts));
  }

  /** Of a sync and the catalogs it names. */
  public static DefinitionFingerprint of(
      SyncDatabase sync, CreateCatalog source, CreateCatalog target) {
    Map<String, String> parts = new TreeMap<>();
    parts.put("source", source.settings().server().address() + " " + sync.source().database());
    parts.put("target", target.settings().server().address() + " " + sync.target().database());
    SyncOptions options = sync.options();
    parts.put("name", options.name());
    parts.put("delivery", OptionReader.hyphened(options.delivery()));
    parts.put("apply.transactions", OptionReader.hyphened(options.applyTransactions()));
    parts.put("zero-dates", OptionReader.hyphened(options.zeroDates()));
    SiteOptions sites = options.sites();
    if (sites.loopPrevention() != SiteOptions.LoopPrevention.NONE) {
      parts.put("loop.prevention", OptionReader.hyphened(sites.loopPrevention()));
      sites
          .link()
          .ifPresent(link -> parts.put("zones", link.sourceZone() + " to " + link.targetZone()));
    }
    options.appendOnlyTables().forEach(table -> parts.put("append-only:" + table, "yes"));
    sync.renames().forEach((table, to) -> parts.put("RENAME:" + table, to));
    sync.keys().forEach((table, key) -> parts.put("KEYS:" + table, String.join(",", key)));
    // Left out where it is the default, which fingerprints of before do not have.
    if (!options.rowVersion().equals("auto")) {
      parts.put("row.version", options.rowVersion());
    }
    sync.versions().forEach((table, version) -> parts.put("VERSIONS:" + table, version));
    sync.conditions()
        .forEach(
            (table, where) ->
                parts.put(
                    "WHERE:" + table, where.root().toString().replaceAll("place=[^\\]]*", "")));
    return new DefinitionFingerprint(parts);
  }

  /**
   * The same sync, reading the database from the server that another one reads it from. Which
   * servers may follow one another is not a matter of definitions.
   */
  public DefinitionFingerprint from(DefinitionFingerprint other) {
    String mine = parts.getOrDefault("source", "");
    String its = other.parts.getOrDefault("source", "");
    if (!mine.substring(mine.indexOf(' ') + 1).equals(its.substring(its.indexOf(' ') + 1))) {
      return this;
    }
    Map<String, String> moved = new TreeMap<>(parts);
    moved.put("source", its);
    return new DefinitionFingerprint(moved);
  }

  /**
   * What differs, in words.
   *
   * @param synced the tables that the savepoint's sync has begun; parts about other tables may
   *     change freely
   */
  public List<String> differences(DefinitionFingerprint now, Set<String> synced) {
    List<String> differences = new ArrayList<>();
    Set<String> names = new TreeSet<>(parts.keySet());
    names.addAll(now.parts.keySet());
    for (String name : names) {
      String before = parts.get(name);
      String after = now.parts.get(name);
      int colon = name.indexOf(':');
      boolean matters = colon < 0 || synced.contains(name.substring(colon + 1));
      if (matters && !Objects.equals(before, after)) {
        differences.add(
            name.startsWith("WHERE:")
                ? "the condition of table " + name.substring(colon + 1)
                : name + " was " + shown(before) + ", is " + shown(after));
      }
    }
    return differences;
  }

  private static String shown(String value) {
    return value == null ? "not given" : "'" + value + "'";
  }

  /**
   * Refuses to resume a sync that means something else now.
   *
   * @throws DtsException {@code DEFINITION_CHANGED}
   */
  public void checkSame(DefinitionFingerprint now, Set<String> synced) {
    List<String> differences = differences(now, synced);
    if (!differences.isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_CHANGED,
          "the definition of sync '"
              + parts.get("name")
              + "' has changed since its savepoint: "
              + String.join("; ", differences),
          "undo the change, or start anew under another 'name' (the tables are copied again)");
    }
  }

  /** One line that {@link #decode} reads; holds no secret. */
  public String encode() {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    List<String> pairs = new ArrayList<>();
    parts.forEach(
        (name, value) ->
            pairs.add(
                base64.encodeToString(name.getBytes(StandardCharsets.UTF_8))
                    + "="
                    + base64.encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    return String.join("&", pairs);
  }

  public static DefinitionFingerprint decode(String encoded) {
    Base64.Decoder base64 = Base64.getUrlDecoder();
    Map<String, String> parts = new TreeMap<>();
    for (String pair : encoded.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = new String(base64.decode(pair.substring(0, equals)), StandardCharsets.UTF_8);
      String value = new String(base64.decode(pair.substring(equals + 1)), StandardCharsets.UTF_8);
      // Earlier builds stored the constants' names.
      parts.put(
          name, CHOICES.contains(name) ? value.toLowerCase(Locale.ROOT).replace('_', '-') : value);
    }
    return new DefinitionFingerprint(parts);
  }
}
