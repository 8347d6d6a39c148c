package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that live in time zones of their own: an instant stays the same instant on the target, a
 * date and time without a zone stays the same text.
 */
@ExtendWith(ServersExtension.class)
class TimeZonesIT {
  private static final String MYSQL_TIMES =
      "SELECT id, DATE_FORMAT(ts, '%Y-%m-%d %H:%i:%s.%f'), DATE_FORMAT(ts0, '%Y-%m-%d %H:%i:%s'),"
          + " DATE_FORMAT(dt, '%Y-%m-%d %H:%i:%s.%f'), DATE_FORMAT(d, '%Y-%m-%d'),"
          + " CAST(tm AS CHAR) FROM times ORDER BY id";
  private static final String POSTGRES_TIMES =
      "SELECT id, TO_CHAR(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),"
          + " TO_CHAR(ts0 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),"
          + " TO_CHAR(dt, 'YYYY-MM-DD HH24:MI:SS.US'), TO_CHAR(d, 'YYYY-MM-DD'),"
          + " tm::text FROM times ORDER BY id";
  private static final String MYSQL_KEYED =
      "SELECT DATE_FORMAT(moment, '%Y-%m-%d %H:%i:%s.%f') AS k, v FROM keyed ORDER BY k";
  private static final String POSTGRES_KEYED =
      "SELECT TO_CHAR(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS k, v FROM keyed"
          + " ORDER BY k";

  private static EmbeddedFlink flink;
  private static EmbeddedMySql east;
  private static EmbeddedMySql west;

  @TempDir Path state;

  @BeforeAll
  static void start(Servers servers) {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    east = servers.startMySql(zone(41, "+05:30"));
    west = servers.startMySql(zone(42, "-07:00"));
  }

  @AfterAll
  static void stop() {
    flink.close();
    east.close();
    west.close();
  }

  private static MySqlOptions zone(int serverId, String zone) {
    return MySqlOptions.defaults()
        .withServerId(serverId)
        .withArgument("--default-time-zone=" + zone);
  }

  /** A connection as an application has it: in the zone of its server. */
  private static Connection local(EmbeddedMySql server, String database) throws SQLException {
    Connection connection = SyncHarness.connect(server, database);
    SyncHarness.run(connection, "SET time_zone = @@GLOBAL.time_zone");
    return connection;
  }

  private static Connection utc(EmbeddedMySql server, String database) throws SQLException {
    Connection connection = SyncHarness.connect(server, database);
    SyncHarness.run(connection, "SET time_zone = '+00:00'");
    return connection;
  }

  @Test
  void instantsStayInstantsAndLocalTimesStayAsTheyAre(Servers servers) throws Exception {
    String from = east.createDatabase("zones");
    String mySql = west.createDatabase("zones");
    String postgres = servers.postgres().createDatabase("zones");
    try (Connection pg = SyncHarness.connect(servers.postgres(), postgres)) {
      SyncHarness.run(pg, "ALTER DATABASE " + postgres + " SET timezone = 'America/New_York'");
    }
    try (SyncHarness syncs = new SyncHarness(flink, state);
        Connection writer = local(east, from);
        Connection source = utc(east, from);
        Connection b = utc(west, mySql);
        Connection pg = SyncHarness.connect(servers.postgres(), postgres)) {
      assertThat(SyncHarness.rows(writer, "SELECT @@GLOBAL.time_zone, @@SESSION.time_zone"))
          .containsExactly(List.of("+05:30", "+05:30"));
      assertThat(SyncHarness.rows(b, "SELECT @@GLOBAL.time_zone"))
          .containsExactly(List.of("-07:00"));
      create(writer);
      insert(writer, 0);
      String toMySql = start(syncs, SyncHarness.mySqlCatalog("b", west), from, mySql, "_m");
      String toPostgres =
          start(
              syncs,
              SyncHarness.postgresCatalog("b", servers.postgres(), postgres),
              from,
              "public",
              "_p");
      syncs.awaitCopied(toMySql);
      syncs.awaitCopied(toPostgres);
      same(source, b, pg);
      insert(writer, 100);
      SyncHarness.run(
          writer,
          "UPDATE times SET ts = ts + INTERVAL 1 HOUR, ts0 = NOW(), dt = dt - INTERVAL 90 MINUTE"
              + " WHERE id % 2 = 0",
          "UPDATE times SET d = '2024-02-29', tm = '-00:30:00' WHERE id = 3",
          "UPDATE keyed SET v = -1 WHERE moment < '2024-03-31 02:30:00'",
          "UPDATE keyed SET moment = '2025-01-01 00:00:00' WHERE moment = '2024-03-31 00:01:00'",
          "DELETE FROM keyed WHERE moment = '2024-03-31 00:02:00'",
          "INSERT INTO keyed VALUES ('2025-07-01 00:00:00', 9)");
      same(source, b, pg);
      known(b, pg);
    }
  }

  private static void create(Connection writer) throws SQLException {
    SyncHarness.run(
        writer,
        "CREATE TABLE times (id INT PRIMARY KEY, ts TIMESTAMP(6) NULL,"
            + " ts0 TIMESTAMP NOT NULL DEFAULT '2024-01-15 08:00:00', dt DATETIME(6), d DATE,"
            + " tm TIME)",
        "CREATE TABLE keyed (moment TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) PRIMARY KEY,"
            + " v INT)",
        "INSERT INTO keyed SELECT '2024-03-31 00:00:00' + INTERVAL seq MINUTE, seq FROM "
            + EmbeddedMySql.numbers(400));
  }

  /**
   * As the source's own clock shows them; among them the hours that summer time cuts out elsewhere.
   */
  private static void insert(Connection writer, int after) throws SQLException {
    List<String> moments =
        List.of(
            "2024-07-01 12:00:00",
            "2024-01-01 00:00:00",
            "2024-03-10 02:30:00",
            "2024-03-10 13:00:00",
            "2024-11-03 11:30:00.5",
            "2024-02-29 23:59:59.999999",
            "2038-01-19 08:44:07",
            "1970-01-01 05:30:01");
    for (int i = 0; i < moments.size(); i++) {
      String at = "'" + moments.get(i) + "'";
      SyncHarness.run(
          writer,
          "INSERT INTO times VALUES (%d, %s, %s, %s, %s, TIME(%s))"
              .formatted(
                  after + i + 1, at, at.replaceFirst("\\.\\d+", ""), at, "DATE(" + at + ")", at));
    }
    SyncHarness.run(
        writer,
        "INSERT INTO times VALUES (%d, NULL, NOW(), NOW(6), CURDATE(), CURTIME())"
            .formatted(after + 50),
        "INSERT INTO times (id) VALUES (%d)".formatted(after + 51));
  }

  private static String start(
      SyncHarness syncs, String target, String from, String schema, String suffix) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", east)
            + target
            + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'copy.chunk-rows' = '50',"
                    + " 'checkpoint.interval' = '500 ms');")
                .formatted(from, schema, from + suffix),
        SyncLauncher.Start.CONTINUE);
  }

  private static void same(Connection source, Connection b, Connection pg) {
    SyncHarness.awaitEqual(source, MYSQL_TIMES, b, MYSQL_TIMES);
    SyncHarness.awaitEqual(source, MYSQL_TIMES, pg, POSTGRES_TIMES);
    SyncHarness.awaitEqual(source, MYSQL_KEYED, b, MYSQL_KEYED);
    SyncHarness.awaitEqual(source, MYSQL_KEYED, pg, POSTGRES_KEYED);
  }

  /** Both sides could be wrong in the same way: what is known, and what a default became. */
  private static void known(Connection b, Connection pg) throws SQLException {
    List<String> first =
        List.of(
            "1",
            "2024-07-01 06:30:00.000000",
            "2024-07-01 06:30:00",
            "2024-07-01 12:00:00.000000",
            "2024-07-01",
            "12:00:00");
    assertThat(SyncHarness.rows(b, MYSQL_TIMES).get(0)).isEqualTo(first);
    assertThat(SyncHarness.rows(pg, POSTGRES_TIMES).get(0)).isEqualTo(first);
    SyncHarness.run(b, "INSERT INTO times (id) VALUES (-1)");
    SyncHarness.run(pg, "INSERT INTO times (id) VALUES (-1)");
    List<List<String>> fallback = List.of(List.of("2024-01-15 02:30:00"));
    assertThat(
            SyncHarness.rows(
                b, "SELECT DATE_FORMAT(ts0, '%Y-%m-%d %H:%i:%s') FROM times WHERE id = -1"))
        .isEqualTo(fallback);
    assertThat(
            SyncHarness.rows(
                pg,
                "SELECT TO_CHAR(ts0 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM times"
                    + " WHERE id = -1"))
        .isEqualTo(fallback);
  }
}
