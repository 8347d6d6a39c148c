package io.piplan.dts.schema;

import io.piplan.dts.Column;
import java.util.Optional;

/** Which types the columns of a source have on one kind of target. */
public sealed interface TypeMapping permits MySqlTypeMapping, PostgresTypeMapping, HiveTypeMapping {

  /** The type a target column is created with. */
  TargetType map(Column source);

  /** Why an existing target column cannot take every value of the source column, if so. */
  Optional<String> refusal(Column source, TargetColumn target);

  static TypeMapping mySql(boolean mariaDb) {
    return new MySqlTypeMapping(mariaDb);
  }

  static TypeMapping hive() {
    return new HiveTypeMapping();
  }

  static TypeMapping postgres() {
    return new PostgresTypeMapping();
  }
}
