package io.piplan.dts.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckReportTest {
  private static final Subject SERVER = new Subject("mysql://h:1", "", "");
  private static final Finding FORMAT =
      new Finding(
          Severity.ERROR, CheckCode.SOURCE_BINLOG_FORMAT, SERVER, "has STATEMENT", "set ROW");
  private static final Finding IMAGE =
      new Finding(Severity.ERROR, CheckCode.SOURCE_ROW_IMAGE, SERVER, "has MINIMAL", "set FULL");
  private static final Finding GRANT =
      new Finding(Severity.ERROR, CheckCode.SOURCE_GRANT, SERVER, "lacks X", "GRANT X");
  private static final Finding WARNING =
      new Finding(Severity.WARNING, CheckCode.SOURCE_ENGINE, SERVER, "MyISAM", "InnoDB");

  private static DtsException refusal(Finding... findings) {
    return catchThrowableOfType(
        DtsException.class, () -> new CheckReport("f.sql", List.of(findings)).refuse());
  }

  @Test
  void oneErrorKeepsItsNumber() {
    DtsException e = refusal(WARNING, FORMAT);
    assertThat(e.error()).isEqualTo(DtsError.SOURCE_BINLOG_FORMAT);
    assertThat(e.getMessage()).isEqualTo("PI-2004 has STATEMENT\n  remedy: set ROW");
  }

  @Test
  void severalAreListedWithTheirRemedies() {
    assertThat(refusal(FORMAT, IMAGE).error()).isEqualTo(DtsError.SOURCE_BINLOG_FORMAT);
    DtsException e = refusal(FORMAT, IMAGE, GRANT, WARNING);
    assertThat(e.error()).isEqualTo(DtsError.CHECK_FAILED);
    assertThat(e.getMessage())
        .contains("3 findings", "PI-2004", "set ROW", "set FULL", "PI-2002", "GRANT X")
        .doesNotContain("MyISAM");
  }

  @Test
  void warningsLetItStart() {
    assertThatCode(() -> new CheckReport("f.sql", List.of(WARNING)).refuse())
        .doesNotThrowAnyException();
  }

  @Test
  void json() throws Exception {
    JsonNode json =
        new ObjectMapper().readTree(new CheckReport("f.sql", List.of(FORMAT, WARNING)).toJson());
    assertThat(json.path("errors").asInt()).isEqualTo(1);
    assertThat(json.path("warnings").asInt()).isEqualTo(1);
    JsonNode first = json.path("findings").get(0);
    assertThat(first.path("code").asText()).isEqualTo("SOURCE_BINLOG_FORMAT");
    assertThat(first.path("error").asText()).isEqualTo("PI-2004");
    assertThat(first.path("server").asText()).isEqualTo("mysql://h:1");
    assertThat(first.path("remedy").asText()).isEqualTo("set ROW");
    assertThat(json.path("findings").get(1).has("error")).isFalse();
  }

  @Test
  void zeroDatesNeedStrictModesToBeImpossible() {
    assertThat(TypeChecks.mayHoldZeroDates("")).isTrue();
    assertThat(TypeChecks.mayHoldZeroDates("NO_ZERO_DATE,NO_ZERO_IN_DATE")).isTrue();
    assertThat(TypeChecks.mayHoldZeroDates("STRICT_TRANS_TABLES,NO_ZERO_DATE")).isTrue();
    assertThat(TypeChecks.mayHoldZeroDates("STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE"))
        .isFalse();
  }

  private static List<CheckCode> settings(String version, Map<String, String> settings) {
    Findings findings = new Findings();
    MySqlFacts facts =
        new MySqlFacts(
            version,
            version.contains("MariaDB"),
            "'s'@'%'",
            "+00:00",
            new MySqlGrants(List.of(), false),
            settings);
    BinlogChecks checks =
        new BinlogChecks(
            new MySqlServer("h", 1, "s", new Secret.LiteralSecret("x")), facts, findings);
    checks.version();
    checks.settings();
    return findings.list().stream()
        .filter(finding -> finding.severity() != Severity.OK)
        .map(Finding::code)
        .toList();
  }

  /** What the servers of the tests cannot be set to. */
  @Test
  void settingsOfOtherServers() {
    Map<String, String> good = Map.of("binlog_format", "ROW", "binlog_row_image", "FULL");
    assertThat(settings("8.4.3", good)).isEmpty();
    assertThat(settings("5.7.44-log", good)).containsExactly(CheckCode.SOURCE_VERSION);
    assertThat(settings("10.6.1-MariaDB", good)).containsExactly(CheckCode.SOURCE_VERSION);
    assertThat(
            settings(
                "8.4.3",
                Map.of(
                    "binlog_format", "ROW",
                    "binlog_row_image", "FULL",
                    "binlog_row_value_options", "PARTIAL_JSON",
                    "binlog_transaction_compression", "ON",
                    "expire_logs_days", "0.5",
                    "server_id", "0")))
        .containsExactly(
            CheckCode.SOURCE_PARTIAL_JSON,
            CheckCode.SOURCE_BINLOG_COMPRESSION,
            CheckCode.SOURCE_SERVER_ID,
            CheckCode.SOURCE_BINLOG_EXPIRY);
  }
}
