package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published form of the file is the one that is read, and YAML is read as JSON is. */
class ConfigSchemaTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String WHOLE =
      """
      {
        "listen": "127.0.0.1:0",
        "users": [{"name": "app", "no_password": true, "rights": {"shop": "read"}}],
        "nodes": [{"name": "db1", "dsn": "mysql://pi@db?password-env=DB"}],
        "tls": {}, "limits": {}, "timeouts": {"idle": "5min"},
        "slow_log": {"file": "slow.log"}, "audit_log": {"file": "audit.log"},
        "statement_statistics": {}
      }
      """;

  @TempDir private Path folder;

  private static ConfigReader reader() {
    return new ConfigReader(name -> "secret");
  }

  private static JsonNode schema() throws IOException {
    try (InputStream in = ConfigReader.class.getResourceAsStream("proxy.schema.json")) {
      return JSON.readTree(in);
    }
  }

  /** A member that nobody knows is refused with the names of those that are. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/users/0",
        "/nodes/0",
        "/tls",
        "/limits",
        "/timeouts",
        "/slow_log",
        "/audit_log",
        "/statement_statistics"
      })
  void membersAreThoseOfTheSchema(String place) throws IOException {
    ObjectNode document = (ObjectNode) JSON.readTree(WHOLE);
    ((ObjectNode) document.at(place)).put("no_such_member", 1);
    if (!place.equals("/tls")) {
      document.remove("tls");
    }
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> reader().read(document.toString()));
    assertThat(refused).hasMessageContaining(place + "/no_such_member");
    String names = refused.getMessage().replaceAll(".*use one of ", "");
    JsonNode described = schema();
    for (String step : place.split("/", -1)) {
      described =
          step.isEmpty()
              ? described
              : step.equals("0")
                  ? described.path("items")
                  : described.path("properties").path(step);
    }
    Set<String> properties = new TreeSet<>();
    described.path("properties").fieldNames().forEachRemaining(properties::add);
    assertThat(properties).isEqualTo(new TreeSet<>(Arrays.asList(names.split(", ", -1))));
    assertThat(described.path("additionalProperties").asBoolean(true)).isFalse();
  }

  @Test
  void yamlIsReadAsJsonIs() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("proxy.yaml"),
            """
            # with comments
            listen: 127.0.0.1:0
            users:
              - {name: app, no_password: true, rights: {shop: read, '*': write}}
            nodes:
              - name: db1
                dsn: mysql://pi@db:3310?password-env=DB
                maximum_pool_size: 7
            timeouts: {idle: 5min}
            event_loops: 1
            """);
    ProxyConfig config = reader().read(file);
    assertThat(config.node().address().port()).isEqualTo(3310);
    assertThat(config.node().pool().maximum()).isEqualTo(7);
    assertThat(config.timeouts().idle()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.user("app").orElseThrow().rights().schemas()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "users: [",
        "users: []\nusers: []",
        "users: !!java.net.URL ['http://x']",
        "just a text",
        "a: &a [1]\nb: *a",
        "- 1",
        "users:\n\t- {name: x}"
      })
  void whatIsNeitherIsRefused(String text) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> reader().read(text));
    assertThat(refused).isNotNull();
    assertThat(refused.getMessage()).isNotBlank();
  }
}
