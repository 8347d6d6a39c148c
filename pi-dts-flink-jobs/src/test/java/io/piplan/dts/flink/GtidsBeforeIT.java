package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.StartPosition;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The transactions before the place where a sync begins, at a server that is being written. */
@ExtendWith(ServersExtension.class)
class GtidsBeforeIT {
  private static final int WRITERS = 6;
  private static final int STARTS = 40;

  private static EmbeddedMySql source;

  private final AtomicBoolean enough = new AtomicBoolean();

  @BeforeAll
  static void startServer(Servers servers) {
    // Each commit waits for the disk: that is when it is logged and not yet executed.
    source =
        servers.startMySql(
            MySqlOptions.defaults()
                .withServerId(81)
                .asDurable()
                .withArgument("--max-binlog-size=65536"));
  }

  @AfterAll
  static void stopServer() {
    source.close();
  }

  @Test
  void areThoseThatAreLoggedBeforeIt() throws Exception {
    String schema = source.createDatabase("before");
    BinlogTap.run(
        source, "CREATE TABLE " + schema + ".t (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT)");
    BinlogStarts starts =
        new BinlogStarts(BinlogTap.options(source, schema, new StartPosition.Latest()));
    List<StartPosition.FileAndPosition> found = new ArrayList<>();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<?>> writing = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int domain = i % 3 * 7;
        writing.add(writers.submit(() -> write(schema, domain)));
      }
      for (int i = 0; i < STARTS; i++) {
        found.add((StartPosition.FileAndPosition) starts.pin(new StartPosition.Latest()));
      }
      enough.set(true);
      for (Future<?> each : writing) {
        each.get();
      }
    } finally {
      enough.set(true);
      writers.shutdown();
    }
    found.add((StartPosition.FileAndPosition) starts.pin(new StartPosition.Latest()));
    for (StartPosition.FileAndPosition start : found) {
      String logged = logged(start);
      if (source.isMariaDb()) {
        assertThat(start.gtids()).as("at " + start).isEqualTo(logged);
      } else {
        assertThat(missing(logged, start.gtids())).as("missing at " + start).isEmpty();
        assertThat(missing(start.gtids(), logged)).as("too many at " + start).isEmpty();
      }
    }
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(source.jdbcUrl(""), source.user(), source.password());
  }

  private Void write(String schema, int domain) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      if (source.isMariaDb()) {
        statement.execute("SET gtid_domain_id = " + domain);
      }
      while (!enough.get()) {
        statement.execute("INSERT INTO " + schema + ".t (v) VALUES (REPEAT('x', 200))");
      }
    }
    return null;
  }

  /** What the server's own listing of its binlog has before a place. */
  private static String logged(StartPosition.FileAndPosition place) throws SQLException {
    String before = "";
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet events = statement.executeQuery("SHOW BINLOG EVENTS IN '" + place.file() + "'")) {
      Map<Long, String> domains = new TreeMap<>();
      while (events.next() && events.getLong("Pos") < place.position()) {
        String type = events.getString("Event_type");
        String info = events.getString("Info");
        if (type.equals("Previous_gtids")) {
          before = info.replaceAll("\\s", "");
        } else if (type.equals("Gtid") && !source.isMariaDb()) {
          before += "," + info.replaceAll(".*'(.*)'.*", "$1");
        } else if (type.equals("Gtid_list")) {
          for (String gtid : info.replaceAll("[\\[\\]\\s]", "").split(",", 0)) {
            put(domains, gtid);
          }
        } else if (type.equals("Gtid")) {
          put(domains, info.replaceAll("^.*GTID (\\d+-\\d+-\\d+).*$", "$1"));
        }
      }
      return source.isMariaDb() ? String.join(",", domains.values()) : before;
    }
  }

  private static void put(Map<Long, String> domains, String gtid) {
    if (!gtid.isEmpty()) {
      domains.put(Long.valueOf(gtid.substring(0, gtid.indexOf('-'))), gtid);
    }
  }

  /** Those of the one that the other does not have. */
  private static String missing(String in, String of) throws SQLException {
    return BinlogTap.query(source, "SELECT GTID_SUBTRACT('" + in + "', '" + of + "')")
        .get(0)
        .get(0);
  }
}
