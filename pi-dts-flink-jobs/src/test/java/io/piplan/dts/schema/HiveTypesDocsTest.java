package io.piplan.dts.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The column of Hive in docs/types.md is what tables are made with. */
class HiveTypesDocsTest {
  private static final Path DOCS = Path.of("../docs/types.md");
  private static final Pattern WORD = Pattern.compile("`([^`]*)`");
  private static final int SOURCE = 1;
  private static final int HIVE = 6;

  private static List<String> words(String cell) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(cell);
    while (word.find()) {
      words.add(word.group(1));
    }
    return words;
  }

  private static Column column(ColumnType type, boolean unsigned, int length, int scale) {
    return new Column(
        "c",
        type,
        type.name().toLowerCase(Locale.ROOT),
        unsigned,
        length,
        scale,
        null,
        null,
        true,
        null,
        false,
        false,
        false,
        List.of(),
        "");
  }

  /** What becomes of every column of a type that a row of the table names. */
  private static Set<String> mapped(List<String> sources) {
    Set<String> found = new LinkedHashSet<>();
    boolean both = sources.contains("unsigned");
    for (String source : sources) {
      for (ColumnType type : types(source.split("[ (]", 2)[0])) {
        boolean alone = source.endsWith(" unsigned");
        for (boolean unsigned : both ? new boolean[] {false, true} : new boolean[] {alone}) {
          for (int length : new int[] {1, 10, 38, 39, 64}) {
            int scale = type == ColumnType.DECIMAL ? Math.min(length, 7) : 0;
            String ddl = TypeMapping.hive().map(column(type, unsigned, length, scale)).ddl();
            found.add(type == ColumnType.DECIMAL ? ddl.replaceAll("\\(.*\\)", "(p,s)") : ddl);
          }
        }
      }
    }
    return found;
  }

  private static List<ColumnType> types(String name) {
    return switch (name) {
      case "tinytext", "longtext" -> List.of(ColumnType.TEXT);
      case "tinyblob", "longblob" -> List.of(ColumnType.BLOB);
      case "inet4", "inet6" -> List.of(ColumnType.INET);
      case "point" -> List.of(ColumnType.GEOMETRY);
      case "bool", "unsigned", "vector", "xmltype" -> List.of();
      default -> List.of(ColumnType.valueOf(name.toUpperCase(Locale.ROOT)));
    };
  }

  @Test
  void everyRowSaysWhatIsMade() throws IOException {
    Set<String> seen = new TreeSet<>();
    for (String line : Files.readAllLines(DOCS)) {
      String[] cells = line.split("\\|", -1);
      if (cells.length > HIVE && !words(cells[SOURCE]).isEmpty()) {
        List<String> sources = words(cells[SOURCE]);
        sources.forEach(
            source -> types(source.split("[ (]", 2)[0]).forEach(t -> seen.add(t.name())));
        assertThat(words(cells[HIVE]))
            .as(line)
            .containsExactlyInAnyOrderElementsOf(mapped(sources));
      }
    }
    assertThat(seen).hasSize(ColumnType.values().length);
  }
}
