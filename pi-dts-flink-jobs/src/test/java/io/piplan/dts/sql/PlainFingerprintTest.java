package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlainFingerprintTest {
  private static final Map<String, String> PLACES =
      Map.of(
          "source 1", "mysql://a:3306 shop.orders", "targets", "postgresql://b:5432/shop public.x");

  private static final String DEFINITION =
      """
      CREATE TABLE src (id BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH (
        'connector' = 'mysql-cdc', 'password' = '${PW}', 'connect.timeout' = '10 s');
      CREATE TEMPORARY VIEW v AS SELECT id FROM src WHERE id <> 7;
      INSERT INTO x SELECT id FROM v WHERE id > 1;
      EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT id + 1 FROM src; END;
      """;

  private static PlainFingerprint of(String definition, Map<String, String> places) {
    return PlainFingerprint.of(
        "job",
        Definition.parse(
                "test.sql", definition, new TestSecrets(Map.of("PW", "sesame", "OTHER", "mellon")))
            .statements(),
        places);
  }

  private static PlainFingerprint of(String definition) {
    return of(definition, PLACES);
  }

  @Test
  void spellingOptionsAndPasswordsMakeNoDifference() {
    String same =
        "-- more\n"
            + DEFINITION
                .replace("SELECT id FROM v", "SELECT  id\n FROM v /*+ OPTIONS('a'='b') */ /* ! */")
                .replace("10 s", "20 s")
                .replace("PW", "OTHER")
            + "CREATE TABLE more (id INT) WITH ('connector' = 'mysql-cdc');";
    assertThatCode(() -> of(DEFINITION).checkSame(of(same))).doesNotThrowAnyException();
  }

  @Test
  void itComesBackAsItWasAndHoldsNoPassword() {
    PlainFingerprint before = of(DEFINITION);
    assertThat(PlainFingerprint.decode(before.encode())).isEqualTo(before);
    assertThat(before.toString()).contains("id > 1").doesNotContain("sesame");
  }

  @Test
  void meaningDoes() {
    refused("id > 1", "id > 2", "INSERT 1 was 'INSERT INTO x SELECT id FROM v WHERE id > 1', is");
    refused("id + 1", "id + 2", "INSERT 2 was 'INSERT INTO x SELECT id + 1 FROM src', is");
    refused("id <> 7", "id <> 8", "VIEW:v was");
    refused("src (id BIGINT,", "src (id INT,", "TABLE:src was");
    refused(
        "EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT id + 1 FROM src; END;",
        "",
        "INSERT 2 was");
  }

  private static void refused(String before, String after, String difference) {
    assertThat(DEFINITION).contains(before);
    assertThatThrownBy(() -> of(DEFINITION).checkSame(of(DEFINITION.replace(before, after))))
        .hasMessageContaining("PI-1006 the plain statements of job 'job' have changed since")
        .hasMessageContaining(difference)
        .hasMessageContaining("--fresh");
  }

  @Test
  void placesDo() {
    Map<String, String> moved =
        Map.of("source 1", "mysql://c:3306 shop.orders", "targets", PLACES.get("targets"));
    assertThatThrownBy(() -> of(DEFINITION).checkSame(of(DEFINITION, moved)))
        .hasMessageContaining(
            "source 1 was 'mysql://a:3306 shop.orders', is 'mysql://c:3306 shop.orders'");
  }
}
