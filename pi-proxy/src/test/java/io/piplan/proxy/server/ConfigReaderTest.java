package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.proxy.node.NodeAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
  private static final String USERS = "'users': [{'name': 'app', 'password_env': 'APP'}]";
  private static final String NODES =
      "'nodes': [{'name': 'db1', 'dsn': 'mysql://pi@db:3310?password-env=DB'}]";

  private static ProxyConfig read(String json) {
    return new ConfigReader(name -> name.equals("APP") || name.equals("DB") ? "secret" : null)
        .read(json.replace('\'', '"'));
  }

  @Test
  void defaultsAreSafe() {
    ProxyConfig config = read("{" + USERS + ", " + NODES + "}");
    assertThat(config.listen().toString()).contains("127.0.0.1").contains("3307");
    assertThat(config.localInfile()).isFalse();
    assertThat(config.tls()).isNull();
    assertThat(config.metrics()).isNull();
    assertThat(config.node().address().port()).isEqualTo(3310);
    assertThat(config.node().pool().maximum()).isEqualTo(32);
    assertThat(config.timeouts().write()).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void noMoreEventLoopsThanConnections() {
    String node =
        "'nodes': [{'name': 'a', 'dsn': 'mysql://pi@db?password-env=DB', 'maximum_pool_size': 1}]";
    assertThat(read("{'event_loops': 8, " + USERS + ", " + node + "}").eventLoops()).isEqualTo(1);
  }

  /** As in a rules document, so that one variable serves both. */
  @Test
  void theWholeAddressMayBeKeptElsewhere(@TempDir Path folder) throws IOException {
    String dsn = "mysql://pi:s%C3%A9+cret%40@db.example:3310/shop?tls=on";
    Path file = folder.resolve("dsn");
    for (String reference : List.of("env:DSN", "file:" + file)) {
      Files.writeString(file, dsn + "\n");
      String json = "{" + USERS + ", 'nodes': [{'name': 'db1', 'dsn': '" + reference + "'}]}";
      ProxyConfig config =
          new ConfigReader(name -> name.equals("DSN") ? dsn : "x").read(json.replace('\'', '"'));
      NodeAddress address = config.node().address();
      assertThat(address.host()).isEqualTo("db.example");
      assertThat(address.port()).isEqualTo(3310);
      assertThat(address.user()).isEqualTo("pi");
      assertThat(new String(address.password(), StandardCharsets.UTF_8)).isEqualTo("sé+cret@");
      assertThat(address.tls()).isNotNull();
      for (String wrong : List.of("pi:secret@db", "mysql://pi:secret@@ :x", "http://pi:secret@h")) {
        Files.writeString(file, wrong);
        assertThatThrownBy(() -> new ConfigReader(name -> wrong).read(json.replace('\'', '"')))
            .satisfies(
                e -> assertThat(e.getMessage()).contains("/nodes/0/dsn").doesNotContain("secret"));
      }
    }
  }

  @Test
  void passwordsAreNotPrinted() {
    assertThat(read("{" + USERS + ", " + NODES + "}").toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'lisn': 'x'} | /lisn: not known here",
        "{'users': []} | /nodes: found 0 nodes",
        "{'nodes': [{'name': 'a', 'dsn': 'mysql://pi:pw@h'}]} | a password in it",
        "{'nodes': [{'name': 'a', 'dsn': 'http://h'}]} | expected mysql://user@host",
        "{'nodes': [{'name': 'a', 'dsn': 'mysql://p@h?x=1'}]} | option 'x=1'",
        "{'nodes': [{'name': 'a', 'dsn': 'mysql://p@h?password-env=NO'}]} | NO is not set",
        "{'nodes': [{'name': 'a', 'type': 'replica', 'dsn': 'mysql://p@h'}]} | replicas are not",
        "{'nodes': [{'name': 'a', 'dsn': 'env:NO'}]} | /nodes/0/dsn: the environment variable NO",
        "{'nodes': [{'name': 'a', 'dsn': 'file:/no/dsn'}]} | cannot read the dsn file /no/dsn",
        "{'nodes': [{'name': 'a', 'dsn': 'mysql://p@h/s'}]} | without a schema",
        "{'nodes': [{'dsn': 'mysql://p@h'}]} | /nodes/0/name: is missing",
        "{'nodes': 3} | found NUMBER, expected an array",
        "{'a': 1, 'a': 2} | this is no JSON",
        "{ | this is no JSON",
      })
  void whatIsWrongIsSaidWithItsPlace(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'users': [] | nobody may log in",
        "'users': [{'name': 'a'}] | found 0 of password_env, password_file and no_password",
        "'users': [{'name': 'a', 'no_password': true, 'auth': 'x'}] | found 'x', expected mysql_",
        "'users': [{'name': 'a', 'password_env': 'NO'}] | variable NO is not set",
        "'users': [{'name': 'a', 'password_file': '/no/file'}] | cannot read the password file",
      })
  void usersAreChecked(String users, String message) {
    assertThatThrownBy(() -> read("{" + NODES + ", " + users + "}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'listen': 'here' | expected host:port",
        "'event_loops': 0 | a whole number from 1 to 64",
        "'timeouts': {'write': '5 weeks'} | /timeouts/write: found '5 weeks'",
        "'limits': {'max_connections': 1.5} | /limits/max_connections",
        "'tls': {'certificate': '/no/file', 'key': '/no/key'} | /tls: cannot use certificate",
        "'local_infile': 'yes' | expected true or false",
      })
  void settingsAreChecked(String setting, String message) {
    assertThatThrownBy(() -> read("{" + USERS + ", " + NODES + ", " + setting + "}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void rulesNameTheNodes(@TempDir Path folder) throws IOException {
    Files.copy(Path.of("../sql/proxy/shop.yaml"), folder.resolve("shop.yaml"));
    ConfigReader reader =
        new ConfigReader(name -> name.equals("DB2") ? null : "mysql://pi:secret@h/s");
    Path config = folder.resolve("proxy.json");
    Files.writeString(config, ("{" + USERS + ", 'rules': 'shop.yaml'}").replace('\'', '"'));
    assertThatThrownBy(() -> reader.read(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("DB2 is not set");

    ProxyConfig read = new ConfigReader(name -> "mysql://pi:secret@h/s").read(config);
    assertThat(read.rules().rules().tables()).hasSize(2);
    assertThat(read.rules().decisions()).isEqualTo(folder.resolve("shop.yaml.decisions"));
    assertThat(read.toString()).doesNotContain("secret");

    Files.writeString(
        config, ("{" + USERS + ", " + NODES + ", 'rules': 'shop.yaml'}").replace('\'', '"'));
    assertThatThrownBy(() -> reader.read(config)).hasMessageContaining("beside /rules");
    Files.writeString(
        folder.resolve("shop.yaml"), "schema: s\nnodes: [{name: a, dsn: 'mysql://pi:pw@h/s'}]\n");
    Files.writeString(config, ("{" + USERS + ", 'rules': 'shop.yaml'}").replace('\'', '"'));
    assertThatThrownBy(() -> reader.read(config))
        .hasMessageContaining("expected a reference")
        .hasMessageNotContaining("pw@");
  }

  @Test
  void theExamplesOfTheDocsAreRead(@TempDir Path folder) throws IOException {
    Files.copy(Path.of("../sql/proxy/shop.yaml"), folder.resolve("shop.yaml"));
    Path config = folder.resolve("proxy.json");
    String page = Files.readString(Path.of("../docs/proxy.md"));
    Matcher example = Pattern.compile("(?s)```json\n(.*?)```").matcher(page);
    int found = 0;
    while (example.find()) {
      String json =
          example
              .group(1)
              .replace("\"password_file\": \"/run/secrets/report\"", "\"no_password\": true")
              .replaceAll("\"tls\": \\{[^}]*},", "");
      Files.writeString(config, json);
      assertThat(new ConfigReader(name -> "mysql://pi:secret@10.0.0.5/shop").read(config).users())
          .isNotEmpty();
      found++;
    }
    assertThat(found).isEqualTo(5);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> new ConfigReader(name -> null).read(Path.of("/no/such.json")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/no/such.json");
  }
}
