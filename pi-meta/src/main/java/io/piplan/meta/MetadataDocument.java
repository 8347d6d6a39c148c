package io.piplan.meta;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A metadata document: its text, what it says, and where it says it. {@code metadata.schema.json}
 * beside this class describes the form.
 */
public final class MetadataDocument {
  private final String name;
  private final String text;
  private final Metadata metadata;
  private final Map<String, ShardingAlgorithm> algorithms;
  private final List<KeyPlaces> keyPlaces;

  /** Where a table's rule names the table and the columns of its ZSKey. */
  record KeyPlaces(TableRule rule, Place table, List<Place> columns) {}

  private MetadataDocument(String name, String text, MetadataReader.Result result) {
    this.name = name;
    this.text = text;
    this.metadata = result.metadata();
    this.algorithms = Map.copyOf(result.algorithms());
    this.keyPlaces = result.keyPlaces();
  }

  /**
   * Reads and checks a document.
   *
   * @param name of the document, for messages
   * @throws MetaException with all that is wrong with it
   */
  public static MetadataDocument parse(String name, String text) {
    List<MetaProblem> problems = new ArrayList<>();
    Json tree = JsonTree.read(text, problems);
    MetadataReader.Result result =
        tree == null ? null : new MetadataReader(new JsonReader(problems)).read(tree);
    refuse(name, problems);
    return new MetadataDocument(name, text, result);
  }

  /**
   * Reads and checks a file.
   *
   * @throws MetaException with all that is wrong with it, or if it can't be read
   */
  public static MetadataDocument read(Path file) {
    String name = file.toString();
    try {
      return parse(name, Files.readString(file, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      throw unreadable(name, "there is no such file", "correct the path: " + file.toAbsolutePath());
    } catch (MalformedInputException e) {
      throw unreadable(name, "the file is not UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      throw unreadable(name, "the file can't be read: " + e.getMessage(), "check its rights");
    }
  }

  private static MetaException unreadable(String name, String message, String remedy) {
    return new MetaException(
        name, List.of(new MetaProblem(MetaError.UNREADABLE, Place.START, message, remedy)));
  }

  private static void refuse(String name, List<MetaProblem> problems) {
    if (!problems.isEmpty()) {
      List<MetaProblem> ordered = new ArrayList<>(problems);
      ordered.sort(
          Comparator.comparingInt((MetaProblem problem) -> problem.place().line())
              .thenComparingInt(problem -> problem.place().column()));
      throw new MetaException(name, ordered);
    }
  }

  public String name() {
    return name;
  }

  public String text() {
    return text;
  }

  public Metadata metadata() {
    return metadata;
  }

  /** The algorithms that it defines, by name. */
  public Map<String, ShardingAlgorithm> algorithms() {
    return algorithms;
  }

  /**
   * Compares the rules with real tables.
   *
   * @param tables the columns of all tables of a database, by table
   * @return rules for tables, and ZSKeys of columns, that are not there
   */
  public List<MetaProblem> compare(Map<String, Set<String>> tables) {
    List<MetaProblem> problems = new ArrayList<>();
    for (KeyPlaces places : keyPlaces) {
      List<Map.Entry<String, Set<String>>> found =
          tables.entrySet().stream().filter(table -> places.rule().isFor(table.getKey())).toList();
      if (found.isEmpty()) {
        problems.add(
            new MetaProblem(
                MetaError.UNKNOWN_TABLE,
                places.table(),
                "no table of the database is " + places.rule().name(),
                "correct the name, or remove the rule"));
      }
      found.forEach(table -> compare(places, table.getKey(), table.getValue(), problems));
    }
    return problems;
  }

  private static void compare(
      KeyPlaces places, String table, Set<String> columns, List<MetaProblem> problems) {
    Set<String> known =
        columns.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    Optional<ZsKey> key = places.rule().key();
    for (int i = 0; key.isPresent() && i < key.get().columns().size(); i++) {
      String column = key.get().columns().get(i);
      if (!known.contains(column.toLowerCase(Locale.ROOT))) {
        problems.add(
            new MetaProblem(
                MetaError.UNKNOWN_COLUMN,
                places.columns().get(i),
                "table " + table + " has no column " + column,
                "name one of " + columns.stream().sorted().collect(Collectors.joining(", "))));
      }
    }
  }
}
