package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.MySqlVersionTriggers.Event;
import io.piplan.meta.Zone;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The triggers of {@link MySqlVersionTriggers} that are in a database, as far as the user may see
 * them. Their text names the table and its key, so a table that gets another name, or another name
 * for a column of its key, refuses the writes of apps until it has new ones: the server moves
 * triggers along, and leaves their text as it was.
 */
public final class KeptVersions {
  private static final Pattern COLUMN = Pattern.compile("\\b(?:NEW|OLD)\\.`((?:[^`]|``)+)`");

  /**
   * A trigger.
   *
   * @param event {@code INSERT}, {@code UPDATE} or {@code DELETE}
   * @param zone what it writes; a delete has none
   */
  private record Found(String name, String table, String event, String body, OptionalInt zone) {
    boolean isOurs() {
      return name.startsWith(VersionTriggers.PREFIX);
    }
  }

  private final String database;
  private final List<Found> found;

  private KeptVersions(String database, List<Found> found) {
    this.database = database;
    this.found = found;
  }

  public static KeptVersions read(Connection connection, String database) throws SQLException {
    List<Found> found = new ArrayList<>();
    String sql =
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_STATEMENT"
            + " FROM information_schema.TRIGGERS"
            + " WHERE TRIGGER_SCHEMA = ? AND ACTION_TIMING = 'BEFORE' ORDER BY 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, database);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String body = rows.getString(4);
          found.add(
              new Found(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  body,
                  MySqlVersionTriggers.zone(body)));
        }
      }
    }
    return new KeptVersions(database, List.copyOf(found));
  }

  /** The zones whose ids the triggers of a table write; empty if it has none. */
  public Set<Integer> zones(String table) {
    Set<Integer> zones = new TreeSet<>();
    found.stream()
        .filter(trigger -> trigger.table().equals(table))
        .forEach(trigger -> trigger.zone().ifPresent(zones::add));
    return zones;
  }

  /** What is wrong with the triggers of a table, if it has some and they don't fit it. */
  public Optional<String> failure(TableSchema table) {
    List<Found> triggers = of(table.id().table());
    for (Event event : Event.values()) {
      if (!triggers.isEmpty() && triggers.stream().noneMatch(t -> t.event().equals(event.name()))) {
        return Optional.of("it has no trigger for " + event);
      }
    }
    for (Found trigger : triggers) {
      if (!isNamedFor(trigger, table.id().table())) {
        return Optional.of(
            "trigger " + trigger.name() + " was made when the table had another name");
      }
      Matcher column = COLUMN.matcher(trigger.body());
      while (column.find()) {
        String name = column.group(1).replace("``", "`");
        if (table.column(name).isEmpty()) {
          return Optional.of(
              "trigger " + trigger.name() + " names column " + name + ", which is not there");
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Statements that make the triggers of tables anew that have some, but for those that are right
   * already. Whenever they are cut short, each table keeps one by which the next run knows that it
   * had them, and for which zone. Where there is no right to make triggers the first of them fails,
   * and all are still there.
   */
  public List<String> renewal(Connection connection, Collection<TableSchema> tables) {
    List<TableSchema> renewed =
        new ArrayList<>(
            tables.stream().filter(table -> !zones(table.id().table()).isEmpty()).toList());
    Set<String> names = new LinkedHashSet<>();
    renewed.forEach(table -> names.add(table.id().table()));
    MySqlSchemaReader reader = new MySqlSchemaReader(connection);
    for (String other : holders(names)) {
      if (!zones(other).isEmpty()) {
        reader
            .find(new TableId(database, other))
            .ifPresent(definition -> renewed.add(definition.schema()));
      }
    }
    List<String> statements = new ArrayList<>();
    Set<TableId> bared = new LinkedHashSet<>();
    for (Event event : Event.values()) {
      renew(event, renewed, statements, bared);
    }
    List<String> all = new ArrayList<>();
    bared.forEach(table -> all.addAll(new MySqlVersionTriggers().trial(table)));
    all.addAll(statements);
    return all;
  }

  /**
   * @param bared takes the tables that are without a trigger for a moment
   */
  private void renew(
      Event event, List<TableSchema> tables, List<String> statements, Set<TableId> bared) {
    Map<String, String> creations = new LinkedHashMap<>();
    for (TableSchema table : tables) {
      creations.put(
          MySqlVersionTriggers.name(table.id().table(), event).toLowerCase(Locale.ROOT),
          creation(table, event));
    }
    List<String> later = new ArrayList<>();
    for (TableSchema table : tables) {
      String own = MySqlVersionTriggers.name(table.id().table(), event);
      for (Found trigger : of(table.id().table())) {
        if (!trigger.event().equals(event.name())) {
          continue;
        }
        String name = trigger.name().toLowerCase(Locale.ROOT);
        String creation = creations.get(name);
        if (creation == null) {
          later.add(drop(trigger));
        } else if (trigger.name().equalsIgnoreCase(own)
            && MySqlVersionTriggers.isOf(trigger.body(), creation)) {
          creations.remove(name);
        } else {
          statements.add(drop(trigger));
          bared.add(table.id());
        }
      }
    }
    statements.addAll(creations.values());
    statements.addAll(later);
  }

  private String creation(TableSchema table, Event event) {
    List<Column> key =
        table.key().stream().map(column -> table.column(column).orElseThrow()).toList();
    int zone = zones(table.id().table()).iterator().next();
    return MySqlVersionTriggers.creation(table.id(), event, key, new Zone(zone, "zone"));
  }

  /** Other tables whose triggers have the names that those of some tables are to have. */
  Set<String> holders(Collection<String> tables) {
    Set<String> others = new LinkedHashSet<>();
    boolean more = true;
    while (more) {
      more = false;
      for (Found trigger : found.stream().filter(Found::isOurs).toList()) {
        boolean taken =
            tables.stream().anyMatch(table -> isNamedFor(trigger, table))
                || others.stream().anyMatch(table -> isNamedFor(trigger, table));
        if (taken && !tables.contains(trigger.table())) {
          more |= others.add(trigger.table());
        }
      }
    }
    return others;
  }

  /** Statements that drop the triggers of a table that are named for another. */
  List<String> misnamed(String table) {
    return of(table).stream()
        .filter(trigger -> !isNamedFor(trigger, table))
        .map(this::drop)
        .toList();
  }

  private String drop(Found trigger) {
    return "DROP TRIGGER IF EXISTS " + MySqlNames.quote(new TableId(database, trigger.name()));
  }

  /** Those that {@link MySqlVersionTriggers} made, and nobody by hand. */
  private List<Found> of(String table) {
    return found.stream()
        .filter(trigger -> trigger.table().equals(table))
        .filter(Found::isOurs)
        .toList();
  }

  private static boolean isNamedFor(Found trigger, String table) {
    for (Event event : Event.values()) {
      if (trigger.name().equalsIgnoreCase(MySqlVersionTriggers.name(table, event))) {
        return true;
      }
    }
    return false;
  }
}
