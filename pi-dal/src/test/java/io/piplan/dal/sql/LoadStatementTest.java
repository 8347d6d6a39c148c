package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadStatementTest {
  @Test
  void everyPartOfIt() {
    LoadStatement load =
        LoadStatement.read(
            "load data concurrent local infile '/a b\\\\c.csv' replace into table shop.`or``ders`"
                + " character set utf8 fields terminated by ',' optionally enclosed by '\"' escaped by"
                + " '' lines terminated by '\\r\\n' ignore 3 rows (id, @x, `user id`) set note ="
                + " concat(@x, ','), amount = 1 ;");

    assertThat(load.file()).isEqualTo("/a b\\c.csv");
    assertThat(load.replace()).isTrue();
    assertThat(load.schema()).isEqualTo("shop");
    assertThat(load.table()).isEqualTo("or`ders");
    assertThat(load.columns()).containsExactly("id", "@x", "user id");
    assertThat(load.computed()).containsExactly("note", "amount");
    assertThat(load.ignoredLines()).isEqualTo(3);
    assertThat(load.format().fieldEnd()).containsExactly(',');
    assertThat(load.format().enclosed()).isEqualTo('"');
    assertThat(load.format().escape()).isEqualTo(-1);
    assertThat(load.format().lineEnd()).containsExactly('\r', '\n');
    assertThat(load.on("or`ders_1"))
        .isEqualTo(
            "load data concurrent local infile 'rows' replace into table `or``ders_1` character set"
                + " utf8 fields terminated by ',' optionally enclosed by '\"' escaped by '' lines"
                + " terminated by '\\r\\n'  (id, @x, `user id`) set note = concat(@x, ','), amount ="
                + " 1");
  }

  @Test
  void whatIsNotWritten() {
    LoadStatement load = LoadStatement.read("LOAD DATA LOCAL INFILE 'x' IGNORE INTO TABLE t");

    assertThat(load.schema()).isNull();
    assertThat(load.columns()).isEmpty();
    assertThat(load.replace()).isFalse();
    assertThat(load.format().fieldEnd()).containsExactly('\t');
    assertThat(load.format().escape()).isEqualTo('\\');
    assertThat(load.on("t_0"))
        .isEqualTo("LOAD DATA LOCAL INFILE 'rows' IGNORE INTO TABLE `t_0` CHARACTER SET utf8mb4");
  }

  @Test
  void whichTextsAreOne() {
    assertThat(LoadStatement.isOne(" load data local infile 'x' into table t")).isTrue();
    assertThat(LoadStatement.isOne("/* x */ LOAD DATA")).isFalse();
    assertThat(LoadStatement.isOne("LOADED")).isFalse();
    assertThat(LoadStatement.isOne("SELECT 1")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "LOAD DATA INFILE 'x' INTO TABLE t~write LOAD DATA LOCAL INFILE",
        "LOAD XML LOCAL INFILE 'x' INTO TABLE t~found XML, expected DATA",
        "LOAD DATA LOCAL INFILE x INTO TABLE t~write the file's name as a text",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE~found the end, expected a table's name",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY 0x2C~as a text in quotes",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY '→'~is not of ASCII",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS ENCLOSED BY '##'~one character at most",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t LINES TERMINATED BY '\\t'~both with the same text",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a, t.b)~without their table",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a) SET b = last_insert_id()~is not supported",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a) SET b~expected =",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t (a) WHERE b = 1~expected SET"
      })
  void whatIsRefused(String sql, String why) {
    assertThatThrownBy(() -> LoadStatement.read(sql))
        .isInstanceOf(DalException.class)
        .hasMessageContaining(why);
  }
}
