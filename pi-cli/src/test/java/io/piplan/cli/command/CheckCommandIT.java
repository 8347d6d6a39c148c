package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(ServersExtension.class)
class CheckCommandIT {
  private final Servers servers;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir Path folder;
  private String source;
  private String target;

  CheckCommandIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void tables() throws SQLException {
    source = servers.mySqlA().createDatabase("cli");
    target = servers.postgres().createDatabase("cli");
    try (Connection connection = servers.mySqlA().connect(source);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, d DATE, e DATE)");
    }
  }

  private int check(String sync, boolean colour, String... options) throws IOException {
    out.getBuffer().setLength(0);
    Path file = folder.resolve("f.sql");
    Files.writeString(
        file,
        catalog("a", "pi-mysql", servers.mySqlA(), "")
            + catalog(
                "b", "pi-postgres", servers.postgres(), ", 'default-database' = '" + target + "'")
            + "SYNC DATABASE a.`"
            + source
            + "` TO b.`public` "
            + sync
            + " WITH ('name' = 'cli');");
    String[] arguments = new String[options.length + 4];
    arguments[0] = "check";
    arguments[1] = file.toString();
    arguments[2] = "--state";
    arguments[3] = folder.resolve("state").toString();
    System.arraycopy(options, 0, arguments, 4, options.length);
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false, colour, 100);
    return Pi.commandLine(console, FlinkSyncEngine::new).execute(arguments);
  }

  private String catalog(String name, String type, EmbeddedDatabase server, String more)
      throws IOException {
    Path secret = Files.writeString(folder.resolve(name), server.password());
    return "CREATE CATALOG %s WITH ('type' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}'%s);\n"
        .formatted(name, type, server.port(), server.user(), secret, more);
  }

  /** MySQL's own sql_mode refuses them. */
  private String zeroDates() {
    return servers.mySqlA().isMariaDb() ? "WARNING" : "INFO   ";
  }

  private int warnings() {
    return servers.mySqlA().isMariaDb() ? 2 : 0;
  }

  @Test
  void textByServerAndTable() throws IOException {
    assertThat(check("", false)).isZero();
    assertThat(out.toString())
        .contains(
            "mysql://127.0.0.1:" + servers.mySqlA().port(),
            "postgresql://127.0.0.1:" + servers.postgres().port() + "/" + target,
            "  table " + source + ".t",
            "  table public.t",
            "OK      binlog_format = ROW  SOURCE_BINLOG_FORMAT",
            "INFO    id: bigint",
            "unsigned becomes numeric(20,0)",
            zeroDates() + " d, e: date becomes date",
            "check: 0 errors, " + warnings() + " warnings; it can be started")
        .doesNotContain("\u001b")
        .doesNotContain(servers.mySqlA().password());
    assertThat(err.toString()).isEmpty();
    assertThat(check("", true)).isZero();
    assertThat(out.toString()).contains("\u001b[32mOK");
  }

  @Test
  void quietAndExitCodes() throws IOException {
    assertThat(check("WHERE (t: nosuch = 1)", false, "--quiet")).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "ERROR",
            "DEFINITION_COLUMN",
            "nosuch",
            "remedy:",
            "1 error, " + warnings() + " warnings")
        .doesNotContain("OK ", "INFO ");
    assertThat(check("NONSENSE", false)).isEqualTo(2);
    assertThat(err.toString()).contains("f.sql:3:");
  }

  @Test
  void json() throws IOException {
    assertThat(check("INCLUDING TABLES (t, gone)", false, "--json")).isEqualTo(1);
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("definition").asText()).endsWith("f.sql");
    assertThat(report.path("errors").asInt()).isEqualTo(1);
    assertThat(report.path("warnings").asInt()).isEqualTo(warnings());
    boolean found = false;
    for (JsonNode finding : report.path("findings")) {
      assertThat(finding.path("severity").asText()).isIn("ERROR", "WARNING", "INFO", "OK");
      assertThat(finding.has("remedy")).isTrue();
      if (finding.path("severity").asText().equals("ERROR")) {
        found = true;
        assertThat(finding.path("code").asText()).isEqualTo("SOURCE_TABLE");
        assertThat(finding.path("error").asText()).isEqualTo("PI-2013");
        assertThat(finding.path("message").asText()).contains("gone");
      }
    }
    assertThat(found).isTrue();
  }
}
