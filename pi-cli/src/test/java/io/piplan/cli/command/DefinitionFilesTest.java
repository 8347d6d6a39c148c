package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.demo.SqlResource;
import io.piplan.dts.Secret;
import io.piplan.dts.sql.Definition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of {@code sql/} that people start from. */
class DefinitionFilesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo.sql",
        "demo-hive.sql",
        "mysql-to-hive.sql",
        "mysql-to-mysql.sql",
        "mysql-to-postgres.sql",
        "plain-insert.sql",
        "stock-mysql-cdc.sql"
      })
  void parses(String file) {
    Definition definition =
        Definition.parse(file, new SqlResource(file).text(), DefinitionFilesTest::value);
    assertThat(definition.statements()).isNotEmpty();
  }

  private static String value(Secret secret) {
    String name = secret instanceof Secret.EnvSecret variable ? variable.name() : "";
    if (name.endsWith("_METASTORE")) {
      return "thrift://hive:9083";
    }
    if (name.endsWith("_HIVE") || name.endsWith("_HIVE_URL")) {
      return "jdbc:hive2://hive:10000/";
    }
    return name.endsWith("_PORT") ? "3306" : "value";
  }
}
