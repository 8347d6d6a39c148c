package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.PartitionBy;
import io.piplan.dts.PartitionBy.Transform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/hive.md has the options that there are, and its definition parses. */
class HiveDocsTest {
  private static final Path DOCS = Path.of("../docs/hive.md");

  @Test
  void optionTablesAreCurrent() throws IOException {
    String docs = Files.readString(DOCS);
    String current =
        replaced(
            replaced(docs, "hive options", OptionTable.ofHive()),
            "hive catalog options",
            OptionTable.ofHiveCatalogs());
    // To take over after an option has changed.
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target/hive.md"), current);
    assertThat(docs).isEqualTo(current);
  }

  private static String replaced(String docs, String name, String table) {
    String begin = "<!-- " + name + ": generated -->\n";
    int from = docs.indexOf(begin) + begin.length();
    assertThat(from).isGreaterThan(begin.length());
    return docs.substring(0, from) + table + docs.substring(docs.indexOf("<!-- end -->", from));
  }

  @Test
  void theExampleParses() throws IOException {
    Matcher example = Pattern.compile("(?s)```sql\n(.*?)```").matcher(Files.readString(DOCS));
    assertThat(example.find()).isTrue();
    String source =
        "CREATE CATALOG mysql_a WITH ('type' = 'pi-mysql', 'hostname' = 'a', 'username' = 'b',"
            + " 'password' = '${P}');\n";
    Definition definition =
        Definition.parse("docs", source + example.group(1), new TestSecrets(Map.of("P", "p")));
    assertThat(definition.syncs().get(0).options().hive().partitions())
        .isEqualTo(
            Map.of(
                "orders", List.of(new PartitionBy(Transform.VALUE, "placed_at", 0)),
                "payments", List.of(new PartitionBy(Transform.MONTH, "paid_at", 0))));
  }
}
