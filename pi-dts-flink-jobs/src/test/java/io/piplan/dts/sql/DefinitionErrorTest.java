package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every message of the grammar, word for word: {@code definition-errors.txt} holds blocks of a
 * wrong definition and, after an arrow, its message.
 */
class DefinitionErrorTest {
  private static final Path FILE = Path.of("src/test/resources/definition-errors.txt");
  private static final SecretLookup SECRETS = new TestSecrets(Map.of("PW", "the-secret"));

  @TestFactory
  Stream<DynamicTest> messages() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    for (String block : Files.readString(FILE, StandardCharsets.UTF_8).split("(?m)^====\n", -1)) {
      String[] parts = block.split("(?m)^---->\n", 2);
      String definition = parts[0].stripTrailing();
      String expected = parts.length < 2 ? "" : parts[1].stripTrailing();
      String actual = message(definition);
      seen.add(definition + "\n---->\n" + actual + "\n");
      tests.add(
          DynamicTest.dynamicTest(
              definition.lines().reduce((a, b) -> b).orElse(""),
              () -> {
                assertThat(actual).isEqualTo(expected);
                assertThat(actual).doesNotContain("the-secret").doesNotContain("hunter2");
              }));
    }
    // What came out, to look at and take over after a change of the messages.
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target/definition-errors.txt"), String.join("====\n", seen));
    return tests.stream();
  }

  private static String message(String definition) {
    String text = definition.replace("@CATALOGS", catalogs());
    DtsException e =
        catchThrowableOfType(DtsException.class, () -> Definition.parse("shop.sql", text, SECRETS));
    return e == null ? "no error" : e.getMessage();
  }

  private static String catalogs() {
    String rest = "'hostname'='h', 'username'='u', 'password'='${PW}');";
    return "CREATE CATALOG mysql_a WITH ('type'='pi-mysql', "
        + rest
        + " CREATE CATALOG pg_b WITH ('type'='pi-postgres', "
        + rest;
  }
}
