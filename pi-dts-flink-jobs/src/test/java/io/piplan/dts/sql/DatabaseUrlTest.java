package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Tls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseUrlTest {
  @Test
  void mySql() {
    var ref = DatabaseUrl.parse("mysql://me@db-a/shop?password-env=A");
    MySqlServer server = (MySqlServer) ref.server();
    assertThat(server.port()).isEqualTo(3306);
    assertThat(server.user()).isEqualTo("me");
    assertThat(server.tls()).isEqualTo(Tls.UNSET);
    assertThat(ref.schema()).isEqualTo("shop");
  }

  @Test
  void postgresWithTlsAndACertificateOfOurOwn() {
    var ref =
        DatabaseUrl.parse(
            "postgresql://me@db-b:5433/shop/ods?password-file=/p&tls=verify-identity"
                + "&tls.ca=/etc/my%20ca.pem&tls.cert=/c.pem&tls.key=/k.pem");
    PostgresServer server = (PostgresServer) ref.server();
    assertThat(server.database()).isEqualTo("shop");
    assertThat(ref.schema()).isEqualTo("ods");
    assertThat(server.tls())
        .isEqualTo(new Tls(Tls.Mode.VERIFY_IDENTITY, "/etc/my ca.pem", "/c.pem", "/k.pem"));
  }

  @Test
  void eachModeOfTls() {
    for (Tls.Mode mode : Tls.Mode.values()) {
      String text = mode.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      MySqlServer server = (MySqlServer) DatabaseUrl.parse("mysql://me@h/d?tls=" + text).server();
      assertThat(server.tls().mode()).isEqualTo(mode);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mysql://me@h/d?tls=on | found 'tls' = 'on'",
        "mysql://me@h/d?tls.ca=/ca | 'tls.ca' without a mode",
        "mysql://me@h/d?tls=required&tls.ca=/ca | 'tls.ca' without a mode",
        "mysql://me@h/d?tls.cert=/c&tls.key=/k | 'tls.cert' without a mode",
        "mysql://me@h/d?tls=required&tls.cert=/c | belong together",
        "mysql://me@h/d?tls=required&tls.key=/k | belong together",
        "mysql://me@h/d?password-env=A&password-file=/p | found both",
        "mysql://me@h/d?tls=required&tls=required | 'tls' twice",
        "mysql://me@h/d?sslMode=REQUIRED | found option 'sslMode'",
        "mysql://me@h/d?password=hunter2 | found option 'password'",
        "mysql://h/d | no user",
        "oracle://me@h/d | found oracle://h/d"
      })
  void whatIsWrongIsSaidWithTheRemedy(String url, String message) {
    assertThatThrownBy(() -> DatabaseUrl.parse(url))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("remedy")
        .hasMessageNotContaining("hunter2");
  }
}
