package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretMaskTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "password",
        "db.pwd",
        "PASSWORD",
        "jdbc.properties.trustCertificateKeyStorePassword",
        "conf.fs.azure.account.key.myprofile",
        "conf.fs.azure.account.key.x.blob.core.windows.net",
        "conf.fs.s3a.encryption.key",
        "conf.fs.s3a.secret.key",
        "s3.accessKey",
        "s3.access_key",
        "privateKey",
        "accountKey",
        "apiKey",
        "APIKEY",
        "pulsar.client.authParams",
        "aws.credentials.basic.accesskeyid",
        "avro-confluent.basic-auth.user-info",
        "avro-confluent.bearer-auth.token",
        "properties.sasl.jaas.config",
        "avro-confluent.http-headers",
      })
  void secretsByName(String name) {
    assertThat(SecretMask.isSensitive(name)).isTrue();
    assertThat(SecretMask.isLiteral(name, "hunter2")).isTrue();
    assertThat(SecretMask.isLiteral(name, "${A}")).isFalse();
    assertThat(SecretMask.mask("'" + name + "'='hunter2'")).isEqualTo("'" + name + "'='******'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "username",
        "avro-confluent.basic-auth.credentials-source",
        "avro-confluent.bearer-auth.credentials-source",
        "properties.sasl.oauthbearer.token.endpoint.url",
        "aws.credentials.role.arn",
        "aws.credentials.role.sessionName",
        "aws.credentials.provider",
        "fields.token.length",
        "fields.password.kind",
        "fields.token_count.aggregate-function",
        "conf.dfs.encryption.key.provider.uri",
        "conf.fs.azure.account.keyprovider.x",
        "conf.hive.metastore.token.signature",
        "jdbc.properties.passwordCharacterEncoding",
        "security.delegation.tokens.renewal.time-ratio",
        "conf.x.oauth2.refresh.token.endpoint",
        "conf.hadoop.security.credential.provider.path",
        "passwordFile",
        "token.max",
      })
  void namesAboutSecrets(String name) {
    assertThat(SecretMask.isSensitive(name)).isFalse();
    assertThat(SecretMask.isLiteral(name, "USER_INFO")).isFalse();
  }

  private static final String LOGIN = "org.apache.kafka.X$Plain required username=\"u\" ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          s.jaas.config       | password="${PW}";                  | false
          s.jaas.config       | password = "${file:/a b}";         | false
          s.jaas.config       | password=${PW} ;                   | false
          s.jaas.config       | password="hunter2";                | true
          s.jaas.config       | password=hunter2;                  | true
          s.jaas.config       | password="x${PW}";                 | true
          s.jaas.config       | password="${PW}" clientSecret="x"; | true
          s.jaas.config       | password="${PW}" user_bob="x";     | true
          s.jaas.config       | password="${PW}"; hunter2          | true
          """)
  void loginsOfJaas(String name, String end, boolean literal) {
    String value = LOGIN + end;
    assertThat(SecretMask.isLiteral(name, value)).isEqualTo(literal);
    String pair = "'" + name + "'='" + value + "'";
    assertThat(SecretMask.mask(pair)).isEqualTo(literal ? "'" + name + "'='******'" : pair);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a.http-headers            | Authorization: Bearer ${T}                   | false
          a.http-headers            | X-Key=${K}; Authorization:Basic ${U}         | false
          a.http-headers            | Authorization: Bearer hunter2                | true
          a.http-headers            | X-Key: hunter2, Authorization: Bearer ${T}   | true
          a.http-headers            | Authorization: Bearer ${T}x                  | true
          a.basic-auth.user-info    | user:${PW}                                   | false
          a.basic-auth.user-info    | user:hunter2                                 | true
          pulsar.client.authParams  | token:${T}                                   | false
          pulsar.client.authParams  | token:hunter2                                | true
          password                  | x:${PW}                                      | true
          url  | jdbc:sqlserver://s:1433;database=d;user=admin@s;password=${PW}    | false
          url  | jdbc:sqlserver://${H}:${P};database=d;user=admin@s;password=${PW} | false
          url  | jdbc:sqlserver://s:1433;database=d;user=admin@s;password=hunter2  | true
          url  | jdbc:mysql://h:3306?user=a@b                                      | false
          url  | mysql://u:${PW}@h/d                                               | false
          url  | mysql://u:hunter2@h/d                                             | true
          url  | mysql://u:a&b;c@h/d                                               | true
          url  | AccountName=x;AccountKey=hunter2                                  | true
          """)
  void referencesWithinValues(String name, String value, boolean literal) {
    assertThat(SecretMask.isLiteral(name, value)).isEqualTo(literal);
    assertThat(SecretMask.mask("'" + name + "'='" + value + "'").contains("******"))
        .isEqualTo(literal);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /* password=abc*/ SELECT 'x'             | /* password=*******/ SELECT 'x'
          /* mysql://u:abc@h*/ SELECT 'x'          | /* mysql://u:******@h*/ SELECT 'x'
          /* 'password'='abc*/ SELECT /* y */ 'x'  | /* 'password'='*******/ SELECT /* ****** */ 'x'
          /* 'password'='a*b'*/ SELECT 'x'         | /* 'password'='******'*/ SELECT 'x'
          """)
  void commentsEndWhereTheyEnded(String written, String stored) {
    assertThat(SqlScript.split(new SourceText("f.sql", written)).withoutSecretsInComments())
        .isEqualTo(stored);
  }

  @Test
  void starsInPasswordsOfUrlsAreMaskedToo() {
    assertThat(SecretMask.mask("?password=a*b*c&x=*")).isEqualTo("?password=******&x=*");
  }
}
