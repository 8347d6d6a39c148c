package io.piplan.dal.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The published schema knows the members that the reader knows. */
class RulesSchemaTest {
  private static final Pattern KNOWN = Pattern.compile("or use one of ([a-z_, ]+)");

  /** A member that nobody knows in each object of a document. */
  private static final String STRANGE =
      """
      schema: shop
      strange: 1
      source_replica: {strange: 1}
      sequences: {servers: 'a:1', strange: 1}
      zones: {metadata: none, zone: a, strange: 1}
      nodes:
        - {name: n0, dsn: 'env:N0', strange: 1}
      tables:
        - name: t
          type: sharding
          strange: 1
          strategies: [{backends: [n0.t], sharding_columns: [k], algorithm: mod, strange: 1}]
      """;

  @SuppressWarnings("unchecked")
  private static Set<String> properties(Map<String, Object> schema, String... path) {
    Map<String, Object> at = schema;
    for (String step : path) {
      at = (Map<String, Object>) at.get(step);
    }
    return new TreeSet<>(((Map<String, Object>) at.get("properties")).keySet());
  }

  @Test
  void schemaAndReaderKnowTheSameMembers() throws IOException {
    Map<String, Object> schema;
    try (InputStream in = RulesDocument.class.getResourceAsStream("rules.schema.json")) {
      schema = new Yaml().load(in);
    }
    String[] table = {"properties", "tables", "items"};
    List<Set<String>> ofSchema =
        List.of(
            properties(schema),
            properties(schema, "properties", "source_replica"),
            properties(schema, "properties", "sequences"),
            properties(schema, "properties", "zones"),
            properties(schema, "properties", "nodes", "items"),
            properties(schema, table),
            properties(
                schema, "properties", "tables", "items", "properties", "strategies", "items"));

    Throwable refused = catchThrowable(() -> RulesDocument.parse("test", STRANGE));
    assertThat(refused).isInstanceOf(RulesException.class);
    List<Set<String>> ofReader = new ArrayList<>();
    Matcher known = KNOWN.matcher(refused.getMessage());
    while (known.find()) {
      ofReader.add(new TreeSet<>(List.of(known.group(1).trim().split(", ", -1))));
    }
    assertThat(ofReader).containsExactlyInAnyOrderElementsOf(ofSchema);
  }
}
