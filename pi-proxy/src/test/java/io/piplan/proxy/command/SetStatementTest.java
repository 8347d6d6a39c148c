package io.piplan.proxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.proxy.node.SessionSettings;
import io.piplan.proxy.node.SessionSettings.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SetStatementTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET autocommit=0",
        "set AUTOCOMMIT = 1;",
        "SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE'",
        "SET @@session.lock_wait_timeout := 5",
        "SET @@time_zone='+08:00'",
        "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
        "SET character_set_results = NULL",
        "set autocommit=1, names utf8mb4",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET transaction_isolation = 'READ-COMMITTED'",
        "SET @@session.transaction_read_only = 1",
        "SET autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')"
      })
  void canBeSaidAgain(String sql) {
    SetStatement set = SetStatement.of(sql);
    assertThat(set.pin()).isNull();
    assertThat(set.setting()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SET GLOBAL max_connections = 5", "SET @@global.a = 1, GLOBAL b = 2"})
  void leavesNothingInTheSession(String sql) {
    assertThat(SetStatement.of(sql)).isEqualTo(new SetStatement(null, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET TRANSACTION READ ONLY",
        "SET @@transaction_isolation = 'READ-COMMITTED'",
        "SET autocommit = 1, @@tx_read_only = 1",
        "SET insert_id = 5",
        "SET NAMES gbk",
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "SET sql_select_limit = (SELECT 1)",
        "SET PASSWORD = PASSWORD('x')",
        "SET ROLE admin",
        "SET STATEMENT max_statement_time=1 FOR SELECT 1",
        "SET GLOBAL a = 1, SESSION b = 2",
        "SET b = 2, @@global.a = 1",
        "SET PERSIST a = 1, NAMES utf8mb4",
        "SET GLOBAL a = 1, b = 2",
        "SET what ever"
      })
  void needsItsConnection(String sql) {
    assertThat(SetStatement.of(sql).pin()).isNotBlank();
  }

  @Test
  void ofTwoForOneVariableTheLaterCounts() {
    SessionSettings settings =
        SessionSettings.NONE
            .with(SetStatement.of("SET autocommit=0").setting())
            .with(SetStatement.of("SET NAMES utf8").setting())
            .with(SetStatement.of("SET autocommit = 1").setting());
    assertThat(settings.settings())
        .extracting(Setting::sql)
        .containsExactly("SET NAMES utf8", "SET autocommit = 1");
  }

  @Test
  void whatALaterOneReadStays() {
    SessionSettings settings =
        SessionSettings.NONE
            .with(SetStatement.of("SET sql_mode='A'").setting())
            .with(SetStatement.of("SET sql_mode=concat(@@sql_mode, ',B')").setting())
            .with(SetStatement.of("SET sql_mode='C'").setting())
            .with(SetStatement.of("SET sql_mode='D'").setting());
    assertThat(settings.settings())
        .extracting(Setting::sql)
        .containsExactly(
            "SET sql_mode='A'", "SET sql_mode=concat(@@sql_mode, ',B')", "SET sql_mode='D'");
  }
}
