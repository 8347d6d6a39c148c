package io.piplan.cli.demo;

import io.piplan.cli.Console;
import io.piplan.proxy.server.ConfigReader;
import io.piplan.proxy.server.ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Shows the proxy over two data nodes: a table in four shards, one in two copies by two keys, a
 * transaction over both nodes, and what is refused. Each statement is printed with where it went.
 */
public final class ProxyDemo {
  private final Console console;

  public ProxyDemo(Console console) {
    this.console = console;
  }

  /**
   * Runs it.
   *
   * @return whether every row was where it belongs, and both copies were equal
   */
  public boolean run() throws SQLException, IOException {
    Path home = Files.createTempDirectory("pi-demo-proxy-");
    try (TemporaryFolder folder = new TemporaryFolder(home)) {
      console.say("starting two MariaDB, db1 and db2");
      try (ProxyDemoNodes nodes = ProxyDemoNodes.start(UUID.randomUUID().toString())) {
        nodes.createTables();
        console.say("account: 4 shards by owner; transfer: copies by payer and by payee");
        return proxy(folder.path(), nodes);
      }
    }
  }

  private boolean proxy(Path home, ProxyDemoNodes nodes) throws SQLException, IOException {
    Files.writeString(home.resolve("shop.yaml"), new SqlResource("proxy/shop.yaml").text());
    Path config =
        Files.writeString(home.resolve("proxy.json"), new SqlResource("proxy/proxy.json").text());
    String password = UUID.randomUUID().toString();
    Map<String, String> environment =
        Map.of("DB1", nodes.dsn(0), "DB2", nodes.dsn(1), "SHOP_PASSWORD", password);
    try (ProxyServer server = ProxyServer.start(new ConfigReader(environment::get).read(config));
        Connection app = connect(server, password);
        Connection other = connect(server, password)) {
      console.say("the proxy listens on " + server.address() + "; what follows goes through it");
      shards(app);
      boolean whole = transaction(app, other);
      boolean refused = refusal(app);
      return check(app, nodes) && whole && refused;
    }
  }

  private static Connection connect(ProxyServer server, String password) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://" + server.address() + "/shop?sslMode=DISABLED", "shop", password);
  }

  private void shards(Connection app) throws SQLException {
    console.say("");
    console.say(console.bold("one INSERT, four shards on two servers"));
    List<String> rows = new ArrayList<>();
    for (int owner = 0; owner < 8; owner++) {
      rows.add("(" + owner + ", " + 100 + ")");
    }
    run(app, "INSERT INTO account (owner, balance) VALUES " + String.join(", ", rows));
    console.say(console.bold("a key names one shard; without one, all are asked and merged"));
    run(app, "SELECT balance FROM account WHERE owner = 6");
    run(app, "SELECT owner, balance FROM account ORDER BY owner DESC LIMIT 3");
    run(app, "SELECT COUNT(*), SUM(balance), AVG(balance) FROM account");
    console.say(
        console.bold("what shards can't answer each for itself is computed from their rows"));
    run(app, "SELECT owner, RANK() OVER (ORDER BY balance) FROM account LIMIT 2");
  }

  private boolean transaction(Connection app, Connection other) throws SQLException {
    console.say("");
    console.say(console.bold("a transaction over both servers, by XA"));
    app.setAutoCommit(false);
    run(app, "UPDATE account SET balance = balance - 30 WHERE owner = 2");
    run(app, "UPDATE account SET balance = balance + 30 WHERE owner = 5");
    run(app, "INSERT INTO transfer (id, payer, payee, amount) VALUES (1, 2, 5, 30)");
    String before = one(other, "SELECT COUNT(*) FROM transfer");
    console.say("another session sees " + before + " transfers before the COMMIT");
    app.commit();
    app.setAutoCommit(true);
    console.say("COMMIT: prepared on both, decided in a file, committed on both");
    run(other, "SELECT amount FROM transfer WHERE payer = 2");
    run(other, "SELECT amount FROM transfer WHERE payee = 5");
    run(other, "SELECT SUM(balance) FROM account");
    return before.equals("0") && one(other, "SELECT SUM(balance) FROM account").equals("800");
  }

  private boolean refusal(Connection app) {
    console.say("");
    console.say(console.bold("what would be wrong is refused"));
    String sql = "INSERT INTO account (balance) VALUES (100)";
    console.say("> " + sql);
    try (Statement statement = app.createStatement()) {
      console.say("  " + statement.executeUpdate(sql) + " rows, though no shard can be told");
      return false;
    } catch (SQLException e) {
      console.say("  error " + e.getErrorCode() + ": " + e.getMessage());
      return true;
    }
  }

  /** The statement, where it goes, and what comes. */
  private void run(Connection app, String sql) throws SQLException {
    console.say("> " + sql);
    try (Statement statement = app.createStatement()) {
      try (ResultSet route = statement.executeQuery("EXPLAIN ROUTE " + sql)) {
        while (route.next()) {
          console.say(
              console.faint(
                  "  "
                      + route.getString("step")
                      + " "
                      + route.getString("node")
                      + "  "
                      + route.getString("sql")));
        }
      }
      if (statement.execute(sql)) {
        print(statement.getResultSet());
      } else {
        console.say("  " + statement.getUpdateCount() + " rows");
      }
    }
  }

  private void print(ResultSet rows) throws SQLException {
    try (rows) {
      while (rows.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          values.add(rows.getString(i));
        }
        console.say("  " + String.join("  ", values));
      }
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private boolean check(Connection app, ProxyDemoNodes nodes) throws SQLException {
    console.say("");
    boolean good = true;
    for (int shard = 0; shard < 4; shard++) {
      String found =
          nodes.ask(shard % 2, "SELECT GROUP_CONCAT(owner ORDER BY owner) FROM account_" + shard);
      good &= (shard + "," + (shard + 4)).equals(found);
      console.say("db" + (shard % 2 + 1) + ".account_" + shard + " has owners " + found);
    }
    String byPayer =
        nodes.ask(0, "SELECT CONCAT_WS(',', id, payer, payee, amount) FROM transfer_r_2");
    String byPayee =
        nodes.ask(1, "SELECT CONCAT_WS(',', id, payer, payee, amount) FROM transfer_e_1");
    boolean equal = byPayer != null && byPayer.equals(byPayee);
    boolean all = one(app, "SELECT COUNT(*) FROM account").equals("8");
    console.say(
        equal
            ? console.good("both copies of the transfer are equal: " + byPayer)
            : console.bad("the copies differ: " + byPayer + " and " + byPayee));
    return good && equal && all;
  }
}
