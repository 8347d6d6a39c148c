package io.piplan.dts.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.SyncOptions.ZeroDates;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Rights that not every sync needs. */
class TargetChecksTest {
  private static TargetUse use(boolean keepsVersions, boolean copies) {
    return new TargetUse(
        new MySqlServer("127.0.0.1", 3306, "sync", new Secret.EnvSecret("NONE")),
        "shop",
        List.of(new TargetUse.Written(new TableId("shop", "t"), Optional.empty())),
        true,
        false,
        false,
        0,
        ZeroDates.values()[0],
        true,
        keepsVersions,
        true,
        copies);
  }

  /** One who has all rights but one. */
  private static TargetProbe without(String right) {
    return (TargetProbe)
        Proxy.newProxyInstance(
            TargetProbe.class.getClassLoader(),
            new Class<?>[] {TargetProbe.class},
            (probe, method, arguments) ->
                switch (method.getName()) {
                  case "account" -> "sync";
                  case "may" -> !arguments[0].equals(right);
                  case "grantAll" -> "GRANT " + arguments[0];
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static List<Finding> findings(boolean keepsVersions, String lacking) throws SQLException {
    Findings findings = new Findings();
    new TargetChecks(use(keepsVersions, false), null, without(lacking), findings)
        .follow(Set.of("t"));
    return findings.list().stream().filter(finding -> finding.severity() != Severity.OK).toList();
  }

  /** Sites whose apps go by a proxy have no triggers, and nothing that needs the right. */
  @Test
  void triggersAreNoReasonToRefuseASync() throws SQLException {
    assertThat(findings(true, "TRIGGER"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.WARNING);
              assertThat(finding.code()).isEqualTo(CheckCode.TARGET_GRANT);
              assertThat(finding.remedy()).startsWith("GRANT TRIGGER");
            });
    assertThat(findings(false, "TRIGGER")).isEmpty();
    assertThat(findings(true, "ALTER"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.ERROR));
  }

  /** After the copy nothing rests that the right would be needed for. */
  @Test
  void statementsThatCantBeCountedMatterToACopyOnly() {
    for (boolean copies : new boolean[] {true, false}) {
      Findings findings = new Findings();
      TargetUse use = use(false, copies);
      PostgresProbe.uncounted(findings, Subject.of(use.server()), use, "sync");
      assertThat(findings.list())
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.severity())
                      .isEqualTo(copies ? Severity.ERROR : Severity.WARNING));
    }
  }
}
