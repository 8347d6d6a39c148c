package io.piplan.dts.verify;

import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Databases of a test: two on MySQL or MariaDB, one on PostgreSQL. */
final class DiffDatabases {
  private final Servers servers;
  private final String a;
  private final String b;
  private String postgres;

  DiffDatabases(Servers servers, String name) {
    this.servers = servers;
    this.a = servers.mySqlA().createDatabase(name + "_a");
    this.b = servers.mySqlB().createDatabase(name + "_b");
    this.postgres = name;
  }

  private String postgresDatabase() {
    if (!postgres.contains("_p")) {
      postgres = servers.postgres().createDatabase(postgres + "_p");
    }
    return postgres;
  }

  void atA(String... statements) throws SQLException {
    run(servers.mySqlA(), a, statements);
  }

  void atB(String... statements) throws SQLException {
    run(servers.mySqlB(), b, statements);
  }

  void atPostgres(String... statements) throws SQLException {
    run(servers.postgres(), postgresDatabase(), statements);
  }

  private static void run(EmbeddedDatabase server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  DatabaseRef a() {
    return mySql(servers.mySqlA(), a);
  }

  DatabaseRef b() {
    return mySql(servers.mySqlB(), b);
  }

  private static DatabaseRef mySql(EmbeddedDatabase server, String database) {
    return new DatabaseRef(
        new MySqlServer(
            server.host(), server.port(), server.user(), new LiteralSecret(server.password())),
        database);
  }

  DatabaseRef postgres() {
    EmbeddedDatabase server = servers.postgres();
    return new DatabaseRef(
        new PostgresServer(
            server.host(),
            server.port(),
            postgresDatabase(),
            server.user(),
            new LiteralSecret(server.password())),
        "public");
  }
}
