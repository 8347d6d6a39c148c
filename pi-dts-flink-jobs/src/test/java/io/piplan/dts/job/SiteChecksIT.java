package io.piplan.dts.job;

import static io.piplan.dts.check.Severity.ERROR;
import static io.piplan.dts.check.Severity.INFO;
import static io.piplan.dts.check.Severity.OK;
import static io.piplan.dts.check.Severity.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/pi check} and each start find wrong with a sync between sites. */
@ExtendWith(ServersExtension.class)
class SiteChecksIT {
  private static final String METADATA =
      """
      {"version": 3, "zones": [{"id": 1, "name": "bj"}, {"id": 2, "name": "sh"}],
       "zsids": {"count": 4, "owners": {"bj": ["0-1"], "sh": ["2-3"]}},
       "algorithms": {"m": {"type": "mod"}},
       "tables": [{"name": "t", "zsKey": {"columns": ["id"], "algorithm": "m"}}]}
      """;

  private final Servers servers;
  @TempDir Path folder;
  private Site bj;
  private Site sh;

  SiteChecksIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void sites() throws Exception {
    bj = Site.create(1, "bj", servers.mySqlA());
    sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(50))");
      site.keepVersions("t");
    }
  }

  private String definition(String metadata, String zones) throws Exception {
    Path file = folder.resolve("sites.json");
    if (metadata == null) {
      Files.deleteIfExists(file);
    } else {
      Files.writeString(file, metadata);
    }
    return SyncHarness.mySqlCatalog("a", bj.server())
        + SyncHarness.mySqlCatalog("b", sh.server())
        + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'target.not-empty' = 'upsert',"
                + " 'loop.prevention' = 'version', 'metadata.file' = '%s', %s);")
            .formatted(bj.database(), sh.database(), bj.database(), file, zones);
  }

  private CheckReport check(String metadata, String zones) throws Exception {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher.check("test.sql", definition(metadata, zones), folder.resolve("state"));
    }
  }

  private CheckReport check() throws Exception {
    return check(METADATA, "'zone.source' = 'bj', 'zone.target' = 'sh'");
  }

  private static List<Finding> found(CheckReport report, CheckCode code, Severity severity) {
    return report.findings().stream()
        .filter(finding -> finding.code() == code && finding.severity() == severity)
        .toList();
  }

  private static Finding the(CheckReport report, CheckCode code, Severity severity) {
    List<Finding> found = found(report, code, severity);
    assertThat(found).as("%s in %s", code, report.findings()).hasSize(1);
    return found.get(0);
  }

  @Test
  void nothingIsComplainedAboutWhereAllIsRight() throws Exception {
    CheckReport report = check();
    assertThat(report.of(ERROR)).isEmpty();
    assertThat(the(report, CheckCode.SITE_METADATA, OK).message())
        .contains("version 3")
        .contains("from zone bj (1) to zone sh (2)");
    assertThat(the(report, CheckCode.SITE_VERSION_COLUMN, OK).message()).contains("NOT NULL");
    assertThat(found(report, CheckCode.SITE_VERSION_COLUMN, INFO)).isEmpty();
    assertThat(found(report, CheckCode.SITE_TRIGGERS, OK)).hasSize(1);
    assertThat(found(report, CheckCode.SITE_OWNER, INFO)).isEmpty();
  }

  @Test
  void aTableWithoutTheColumnIsRefusedAtTheStartToo() throws Exception {
    bj.run("CREATE TABLE bare (id BIGINT PRIMARY KEY)");
    Finding finding = the(check(), CheckCode.SITE_VERSION_COLUMN, ERROR);
    assertThat(finding.message()).contains("bare has no column pidal_c");
    assertThat(finding.remedy()).contains("bin/pi sites triggers").contains("marker");
    String text = definition(METADATA, "'zone.source' = 'bj', 'zone.target' = 'sh'");
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      // Refused before any Flink is asked: nothing listens there.
      FlinkRuntime nowhere = new FlinkRuntime.Attached("http://127.0.0.1:1", folder);
      assertThatThrownBy(
              () -> launcher.start("test.sql", text, nowhere, SyncLauncher.Start.CONTINUE))
          .isInstanceOf(DtsException.class)
          .hasMessageContaining("bare has no column pidal_c");
    }
  }

  @Test
  void aColumnOfAnotherTypeIsRefused() throws Exception {
    bj.run(
        "CREATE TABLE wrong (id BIGINT PRIMARY KEY, pidal_c INT NOT NULL)",
        "CREATE TABLE loose (id BIGINT PRIMARY KEY, pidal_c BIGINT NULL)",
        "CREATE TABLE above (id BIGINT PRIMARY KEY, pidal_c BIGINT UNSIGNED NOT NULL)");
    List<String> messages =
        found(check(), CheckCode.SITE_VERSION_COLUMN, ERROR).stream()
            .map(Finding::message)
            .toList();
    assertThat(messages).hasSize(3).allMatch(m -> m.endsWith("expected BIGINT NOT NULL"));
    assertThat(String.join("\n", messages))
        .containsPattern("wrong is int(\\(\\d+\\))? NOT NULL")
        .containsPattern("loose is bigint(\\(\\d+\\))? NULL")
        .containsPattern("above is bigint(\\(\\d+\\))? unsigned NOT NULL");
  }

  @Test
  void aVisibleColumnAndATableWithoutTriggersAreTold() throws Exception {
    bj.run("CREATE TABLE seen (id BIGINT PRIMARY KEY, pidal_c BIGINT NOT NULL)");
    CheckReport report = check();
    assertThat(the(report, CheckCode.SITE_VERSION_COLUMN, INFO).message()).contains("visible");
    assertThat(the(report, CheckCode.SITE_TRIGGERS, WARNING).message()).contains("[seen]");
    assertThat(the(report, CheckCode.SITE_OWNER, INFO).message())
        .contains("names no ZSKey")
        .contains("later clock wins");
  }

  @Test
  void aDefaultThatIsAVersionIsTold() throws Exception {
    assertThat(found(check(), CheckCode.SITE_VERSION_COLUMN, WARNING)).isEmpty();
    bj.run("ALTER TABLE t ALTER COLUMN pidal_c SET DEFAULT 9007199254740994");
    Finding finding = the(check(), CheckCode.SITE_VERSION_COLUMN, WARNING);
    assertThat(finding.message()).contains("default is 9007199254740994");
    bj.keepVersions("t");
    assertThat(found(check(), CheckCode.SITE_VERSION_COLUMN, WARNING)).isEmpty();
  }

  @Test
  void triggersOfAnotherZoneAreRefused() throws Exception {
    Finding finding =
        the(
            check(METADATA, "'zone.source' = 'sh', 'zone.target' = 'bj'"),
            CheckCode.SITE_TRIGGERS,
            ERROR);
    assertThat(finding.message()).contains("write zone id [1]").contains("is sh (2)");
  }

  @Test
  void everyProblemOfTheMetadataIsToldWithItsPlace() throws Exception {
    String zones = "'zone.source' = 'bj', 'zone.target' = 'sh'";
    Finding column =
        the(
            check(METADATA.replace("[\"id\"]", "[\"nope\"]"), zones),
            CheckCode.SITE_METADATA,
            ERROR);
    assertThat(column.message()).contains("/tables/0/zsKey").contains("nope");
    CheckReport twice =
        check(METADATA.replace("\"2-3\"", "\"1-2\"").replace("\"mod\"", "\"mud\""), zones);
    assertThat(found(twice, CheckCode.SITE_METADATA, ERROR).stream().map(Finding::message))
        .hasSize(3)
        .anyMatch(m -> m.contains("ZSID 1 is owned already"))
        .anyMatch(m -> m.contains("no zone owns ZSID 3"))
        .anyMatch(m -> m.contains("/algorithms/m/type"));
    Finding zone =
        the(
            check(METADATA, "'zone.source' = 'bj', 'zone.target' = 'gz'"),
            CheckCode.SITE_METADATA,
            ERROR);
    assertThat(zone.message()).contains("has no zone 'gz'");
    assertThat(zone.remedy()).contains("[bj, sh]");
    Finding none = the(check(null, zones), CheckCode.SITE_METADATA, ERROR);
    assertThat(none.message()).contains("there is no such file");
    // A rule for a table that this sync does not take is no problem.
    String more =
        METADATA.replace(
            "\"tables\": [",
            "\"tables\": [{\"name\": \"other\", \"zsKey\": {\"columns\": [\"x\"],"
                + " \"algorithm\": \"m\"}}, ");
    assertThat(check(more, zones).of(ERROR)).isEmpty();
  }

  @Test
  void aZsKeyThatMayBeNullIsToldOf() throws Exception {
    bj.run("CREATE TABLE k (id BIGINT PRIMARY KEY, customer INT)");
    bj.keepVersions("k");
    String rule =
        METADATA.replace(
            "\"tables\": [",
            "\"tables\": [{\"name\": \"k\", \"zsKey\": {\"columns\": [\"customer\"],"
                + " \"algorithm\": \"m\"}}, ");
    Finding finding =
        the(
            check(rule, "'zone.source' = 'bj', 'zone.target' = 'sh'"),
            CheckCode.SITE_OWNER,
            WARNING);
    assertThat(finding.message()).contains("may be NULL");
  }
}
