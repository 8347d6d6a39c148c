package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.dal.sql.ExecutableComments.Server;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutableCommentsTest {
  private static final Server MARIADB = Server.of("11.4.2-MariaDB-deb12");
  private static final Server MYSQL = Server.of("8.4.3");

  private static String on(String sql, Server... servers) {
    return ExecutableComments.written(sql, () -> List.of(servers));
  }

  @Test
  void versionsAreThoseOfComments() {
    assertThat(MARIADB).isEqualTo(new Server(true, 110402));
    assertThat(MYSQL).isEqualTo(new Server(false, 80403));
    assertThat(Server.of("5.5.5-10.11.6-MariaDB")).isEqualTo(new Server(true, 101106));
    assertThatThrownBy(() -> Server.of("newest")).isInstanceOf(DalException.class);
  }

  @Test
  void whatEveryServerRunsNeedsNoServer() {
    assertThat(
            ExecutableComments.written(
                "CREATE TABLE t (a INT) /*! ENGINE = innodb */ /* plain */",
                () -> {
                  throw new IllegalStateException("asked");
                }))
        .isEqualTo("CREATE TABLE t (a INT)   ENGINE = innodb   /* plain */");
    assertThat(on("SELECT 1 /*!2*/")).isEqualTo("SELECT 1  2 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/*!40101 x */ | x | x",
        "/*!50700 x */ | x | -",
        "/*!80403 x */ | x | -",
        "/*!80404 x */ | - | -",
        "/*!99999 x */ | - | -",
        "/*!100100 x */ | - | x",
        "/*!110403 x */ | - | -",
        "/*M! x */ | - | x",
        "/*M!100100 x */ | - | x",
        "/*M!80000 x */ | - | x",
        "/*M!120000 x */ | - | -",
        "/*!4010 x */ | 4010 x | 4010 x"
      })
  void serversRunThoseOfTheirVersions(String comment, String mySql, String mariaDb) {
    assertThat(on(comment, MYSQL).strip()).isEqualTo(mySql.equals("-") ? "" : mySql);
    assertThat(on(comment, MARIADB).strip()).isEqualTo(mariaDb.equals("-") ? "" : mariaDb);
  }

  @Test
  void textsAndOtherCommentsStay() {
    for (String same :
        List.of(
            "SELECT '/*! a */', \"/*!40000 b */\", `/*M!`",
            "SELECT 'it\\'s /*! a */'",
            "SELECT 1 -- /*! a */\n",
            "SELECT 1 # /*! a */",
            "SELECT 1 /* /*! a */")) {
      assertThat(on(same)).isEqualTo(same);
    }
    assertThat(on("SELECT /*! '*/' */ 1")).isEqualTo("SELECT   '*/'   1");
  }

  @Test
  void nodesMustAgree() {
    assertThat(on("DO 1 /*!40101 + 1 */", MYSQL, MARIADB)).isEqualTo("DO 1   + 1  ");
    assertThatThrownBy(() -> on("DO 1 /*!80000 + 1 */", MYSQL, MARIADB))
        .hasMessageContaining("some nodes run a comment of this statement and others don't");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 /*! + 1",
        "SELECT 1 /*!99999 + 1",
        "SELECT 1 /*! /*! a */ */",
        "SELECT 1 /*!99999 /* a */ */"
      })
  void whatIsNotClearIsRefused(String sql) {
    assertThatThrownBy(() -> on(sql, MYSQL)).isInstanceOf(DalException.class);
  }

  @Test
  void othersAreSeenAtAGlance() {
    assertThat(Stream.of("SELECT 1", "SELECT /*+ hint */ 1", "SELECT 1 /* pi: source */"))
        .noneMatch(ExecutableComments::mayBeIn);
  }
}
