package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The language reference says what the code does: its tables are current, its examples parse. */
class DefinitionDocsTest {
  private static final Path DOCS = Path.of("../docs/definitions.md");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```sql\n(.*?)```");

  @Test
  void optionTablesAreCurrent() throws IOException {
    String docs = Files.readString(DOCS);
    String current =
        replaced(
            replaced(docs, "sync options", OptionTable.ofSync()),
            "catalog options",
            OptionTable.ofCatalogs());
    // To take over after an option has changed.
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target/definitions.md"), current);
    assertThat(docs).isEqualTo(current);
  }

  private static String replaced(String docs, String name, String table) {
    String begin = "<!-- " + name + ": generated -->\n";
    String end = "<!-- end -->";
    int from = docs.indexOf(begin) + begin.length();
    assertThat(from).isGreaterThan(begin.length());
    return docs.substring(0, from) + table + docs.substring(docs.indexOf(end, from));
  }

  @Test
  void examplesParse() throws IOException {
    Matcher example = EXAMPLE.matcher(Files.readString(DOCS));
    List<String> texts = new ArrayList<>();
    while (example.find()) {
      texts.add(example.group(1));
    }
    assertThat(texts).hasSizeGreaterThan(5);
    Map<String, String> environment = new HashMap<>();
    environment.put("MYSQL_PASSWORD", "a");
    environment.put("PG_PASSWORD", "b");
    String first = texts.get(0);
    String catalogs = first.substring(0, first.indexOf("SYNC DATABASE"));
    for (String text : texts) {
      String whole = text.contains("CREATE CATALOG") ? text : catalogs + text;
      assertThat(Definition.parse("docs", whole, new TestSecrets(environment)).statements())
          .isNotEmpty();
    }
  }

  @Test
  void helpNamesEveryOption() {
    assertThat(SyncOption.values())
        .allMatch(option -> OptionTable.syncHelp().contains(option.spec().name()));
  }
}
