package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableSettingsTest {
  private static final List<String> FLINK_CDC =
      List.of(
          "hostname",
          "port",
          "username",
          "password",
          "database-name",
          "table-name",
          "server-id",
          "server-time-zone",
          "scan.startup.mode",
          "scan.startup.specific-offset.skip-rows",
          "connect.timeout");

  private static final SecretLookup SECRETS = new TestSecrets(Map.of("PW", "sesame"));

  private static Map<String, String> options(String... more) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "connector", "pi-mysql",
                "hostname", "db.example.com",
                "username", "sync",
                "password", "${PW}",
                "database-name", "shop",
                "table-name", "orders"));
    for (String name : more) {
      options.put(name, name.equals("scan.startup.mode") ? "latest-offset" : "7");
    }
    return options;
  }

  @Test
  void sourcesTellWhichOptionsHaveNoEffect() {
    TableSettings.ScanSettings scan =
        TableSettings.ofSource(
                "table src",
                options(
                    "server-id",
                    "scan.startup.mode",
                    "scan.startup.specific-offset.skip-rows",
                    "connect.timeout",
                    "jdbc.properties.socketTimeout",
                    "debezium.snapshot.mode"),
                FLINK_CDC,
                SECRETS)
            .scan();
    assertThat(scan.ineffective())
        .containsExactly(
            "connect.timeout", "debezium.snapshot.mode", "scan.startup.specific-offset.skip-rows");
    assertThat(scan.startup().mode()).isEqualTo(Startup.Mode.LATEST_OFFSET);
    assertThat(scan.serverIds()).isPresent();
  }

  @Test
  void sourcesKnowNothingElse() {
    assertThatThrownBy(
            () ->
                TableSettings.ofSource("table src", options("conect.timeout"), FLINK_CDC, SECRETS))
        .hasMessageContaining("PI-1002")
        .hasMessageContaining("conect.timeout");
  }

  @Test
  void flinkHoldsNoZeroDates() {
    Map<String, String> options = new HashMap<>(options());
    options.put("zero-dates", "keep");
    assertThatThrownBy(() -> TableSettings.ofSource("table src", options, FLINK_CDC, SECRETS))
        .hasMessageContaining("'zero-dates' is 'keep', expected error or null, as Flink's dates")
        .hasMessageContaining("use SYNC to a MySQL target");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server-id",
        "server-time-zone",
        "scan.startup.mode",
        "zero-dates",
        "connect.timeout",
        "debezium.snapshot.mode"
      })
  void sinksRefuseWhatIsForReading(String option) {
    for (CatalogType type : List.of(CatalogType.MYSQL, CatalogType.POSTGRES)) {
      assertThatThrownBy(
              () -> TableSettings.ofSink("table dst", type, options(option), FLINK_CDC, SECRETS))
          .hasMessageContaining("PI-1002 table dst:")
          .hasMessageContaining(
              "a table that is written to has no option '" + option + "', which is for reading");
    }
  }

  @Test
  void sinksTakeTheirOwn() {
    TableSettings sink =
        TableSettings.ofSink(
            "table dst",
            CatalogType.POSTGRES,
            options("schema-name", "port", "jdbc.properties.socketTimeout"),
            FLINK_CDC,
            SECRETS);
    assertThat(sink.database()).isEqualTo("7");
    assertThat(sink.server().address()).isEqualTo("postgresql://db.example.com:7/shop");
  }
}
