package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.sql.SecretLookup;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is sent to a cluster as an argument of the job, which Flink shows to everybody. */
class DiffRequestTest {
  private static final SecretLookup SECRETS = secret -> "hunter2";

  private static DiffRequest request(String definition) {
    // Both databases by URL: the definition is not needed, and would be sent all the same.
    String url = "mysql://u@h/d?password-env=P";
    return new DiffRequest(url, url, "f.sql", definition, List.of(), null, null, 0, 1, 1, 0);
  }

  private static String catalog(String password) {
    return "-- token=hunter2\n"
        + "CREATE CATALOG a WITH ('type'='pi-mysql', 'hostname'='h', 'username'='u', 'password'='"
        + password
        + "');";
  }

  @Test
  void noSecretOfADefinitionIsSent() {
    assertThatThrownBy(() -> request(catalog("hunter2")).sendable(SECRETS))
        .hasMessageStartingWith("PI-1008 f.sql:2:")
        .message()
        .doesNotContain("hunter2");
    DiffRequest sendable = request(catalog("${P}")).sendable(SECRETS);
    assertThat(sendable.toJson()).contains("${P}").doesNotContain("hunter2");
    assertThat(DiffRequest.of(sendable.toJson())).isEqualTo(sendable);
    assertThat(request(null).sendable(SECRETS)).isEqualTo(request(null));
  }

  @Test
  void whatCanNotBeReadIsNotShown() {
    assertThatThrownBy(() -> DiffRequest.of("{\"a\": \"mysql://u:hunter2@h/d\", oops"))
        .hasMessageContaining("no request of a diff")
        .hasNoCause()
        .message()
        .doesNotContain("hunter2");
  }
}
