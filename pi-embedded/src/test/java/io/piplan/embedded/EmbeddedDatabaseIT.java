package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(ServersExtension.class)
class EmbeddedDatabaseIT {
  enum Kind {
    MYSQL {
      @Override
      EmbeddedDatabase start(Servers servers) {
        return servers.startMySql(MySqlOptions.defaults());
      }
    },
    POSTGRES {
      @Override
      EmbeddedDatabase start(Servers servers) {
        return EmbeddedPg.start();
      }
    };

    abstract EmbeddedDatabase start(Servers servers);
  }

  @ParameterizedTest
  @EnumSource
  void committedRowsSurviveKillAndRestartOnTheSamePort(Kind kind, Servers servers)
      throws SQLException {
    try (EmbeddedDatabase server = kind.start(servers)) {
      String database = server.createDatabase("crash");
      execute(server, database, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))");
      execute(server, database, "INSERT INTO t VALUES (1, '中文😀')");
      int port = server.port();
      long pid = server.pid();

      server.kill9();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(() -> server.connect(database)).isInstanceOf(SQLException.class);
      server.restart();

      assertThat(server.port()).isEqualTo(port);
      assertThat(server.pid()).isNotEqualTo(pid);
      assertThat(ask(server, database, "SELECT v FROM t")).isEqualTo("中文😀");
      server.stop();
      assertThat(ProcessHandle.of(server.pid())).isEmpty();
      server.restart();
      assertThat(ask(server, database, "SELECT v FROM t")).isEqualTo("中文😀");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aWrongPasswordIsRefused(Kind kind, Servers servers) {
    EmbeddedDatabase server = kind == Kind.MYSQL ? servers.mySqlA() : servers.postgres();
    assertThatThrownBy(
            () -> DriverManager.getConnection(server.jdbcUrl(""), server.user(), "wrong"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).startsWith("28"));
  }

  @Test
  void grantsAreInForceAndRowsAreLogged(Servers servers) throws SQLException {
    EmbeddedMySql server = servers.mySqlA();
    String database = server.createDatabase("grants");
    execute(server, "", "CREATE USER reader@'%' IDENTIFIED BY 'x'");
    execute(server, "", "GRANT SELECT ON " + database + ".* TO reader@'%'");
    execute(server, database, "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Connection reader =
            DriverManager.getConnection(
                server.jdbcUrl(database) + "?allowPublicKeyRetrieval=true", "reader", "x");
        Statement statement = reader.createStatement()) {
      assertThatThrownBy(() -> statement.execute("INSERT INTO t VALUES (1)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1142));
    }
    assertThat(ask(server, "", "SELECT @@binlog_format")).isEqualTo("ROW");
    assertThat(ask(server, "", "SELECT @@binlog_row_image")).isEqualTo("FULL");
    assertThat(ask(server, "", "SELECT @@server_id")).isEqualTo("1");
    assertThat(ask(server, "", "SELECT @@log_bin")).isEqualTo("1");
    assertThat(ask(server, "", "SELECT @@global.time_zone")).isEqualTo("+00:00");
    assertThat(ask(server, "", "SELECT @@local_infile")).isEqualTo("1");
    assertThat(ask(server, "", "SELECT COUNT(*) FROM mysql.user WHERE user = ''")).isEqualTo("0");
  }

  @Test
  void theServerIsTheOneThatWasAskedFor(Servers servers) {
    boolean real = !System.getProperty("pi.mysql.home", "").isEmpty();
    assertThat(servers.mySqlA().isMariaDb()).isEqualTo(!real);
    assertThat(servers.mySqlA().version()).startsWith(real ? "MySQL " : "MariaDB ");
    assertThat(servers.postgres().version()).startsWith("PostgreSQL 16");
  }

  @Test
  void serversAreSharedAndDatabasesAreNot(Servers servers) {
    assertThat(servers.mySqlA()).isSameAs(servers.mySqlA()).isNotSameAs(servers.mySqlB());
    assertThat(servers.mySqlB().serverId()).isNotEqualTo(servers.mySqlA().serverId());
    assertThat(
            Stream.generate(() -> servers.mySqlB().createDatabase("same"))
                .limit(3)
                .distinct()
                .count())
        .isEqualTo(3);
  }

  static void execute(EmbeddedDatabase server, String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static String ask(EmbeddedDatabase server, String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }
}
