package io.piplan.bench;

import io.piplan.bench.Sysbench.Endpoint;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.MySqlOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Two MariaDB servers with sysbench's table, whole on the first and spread over both, and what
 * stands before them: a bare relay, a proxy to the first, and a proxy over both; each in a process
 * of its own.
 */
final class ProxyBed implements AutoCloseable {
  static final String WHOLE = "sbtest";
  static final String SPREAD = "sbtest_spread";
  static final int SHARDS = 8;
  private static final String MAIN = "io.piplan.cli.command.Pi";
  private static final String COLUMNS =
      "(id INT NOT NULL PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '',"
          + " pad CHAR(60) NOT NULL DEFAULT '', KEY (k)) CHARACTER SET utf8mb4 COLLATE"
          + " utf8mb4_general_ci";

  private final Path folder;
  private final long rows;
  private final String heap;
  private final int loops;
  private final List<EmbeddedDatabase> nodes = new ArrayList<>();
  private final List<ChildProcess> children = new ArrayList<>();
  private final Map<Integer, ChildProcess> byPort = new HashMap<>();

  ProxyBed(Path folder, long rows, String heap, int loops) {
    this.folder = folder;
    this.rows = rows;
    this.heap = heap;
    this.loops = loops;
    for (int id = 1; id <= 2; id++) {
      nodes.add(
          EmbeddedMariaDb.start(
              new MySqlOptions(
                  id,
                  UUID.randomUUID().toString(),
                  false,
                  List.of(
                      "--innodb-buffer-pool-size=512M",
                      "--max-connections=6000",
                      // No server sees a deadlock of two.
                      "--innodb-lock-wait-timeout=5"))));
    }
    fill();
  }

  private void fill() {
    Sql.run(nodes.get(0), "", "CREATE DATABASE " + WHOLE);
    Sql.run(
        nodes.get(0),
        WHOLE,
        "CREATE TABLE sbtest1 " + COLUMNS,
        "INSERT INTO sbtest1 SELECT seq, 1 + FLOOR(RAND() * " + rows + ")," + texts());
    for (int node = 0; node < nodes.size(); node++) {
      Sql.run(nodes.get(node), "", "CREATE DATABASE " + SPREAD);
      for (int shard = node; shard < SHARDS; shard += nodes.size()) {
        Sql.run(
            nodes.get(node),
            SPREAD,
            "CREATE TABLE sbtest1_" + shard + " " + COLUMNS,
            "INSERT INTO sbtest1_"
                + shard
                + " SELECT seq, 1 + FLOOR(RAND() * "
                + rows
                + "),"
                + texts()
                + " WHERE MOD(seq, "
                + SHARDS
                + ") = "
                + shard);
      }
      Sql.run(
          nodes.get(node),
          SPREAD,
          "CREATE TABLE account_" + node + " (id INT PRIMARY KEY, balance INT NOT NULL)",
          "INSERT INTO account_"
              + node
              + " SELECT seq, 1000 FROM seq_0_to_"
              + (TransferLoad.ACCOUNTS - 1)
              + " WHERE MOD(seq, 2) = "
              + node);
    }
  }

  /** As sysbench's: groups of digits. */
  private String texts() {
    String group = "LPAD(FLOOR(RAND() * 99999999999), 11, '0')";
    return " CONCAT_WS('-', "
        + (group + ", ").repeat(9)
        + group
        + "), CONCAT_WS('-', "
        + (group + ", ").repeat(4)
        + group
        + ") FROM seq_1_to_"
        + rows;
  }

  /** From now on: a transaction over both servers must survive what a decision survives. */
  void flushCommits() {
    for (EmbeddedDatabase node : nodes) {
      Sql.run(
          node, "", "SET GLOBAL innodb_flush_log_at_trx_commit = 1", "SET GLOBAL sync_binlog = 1");
    }
  }

  /** Their processes. */
  List<Long> servers() {
    return nodes.stream().map(EmbeddedDatabase::pid).toList();
  }

  EmbeddedDatabase node(int index) {
    return nodes.get(index);
  }

  /** The table whole, without anything between. */
  Endpoint direct() {
    return of(nodes.get(0), nodes.get(0).port(), WHOLE);
  }

  /** One server's part of what is spread. */
  Endpoint part(int node) {
    return of(nodes.get(node), nodes.get(node).port(), SPREAD);
  }

  /** Both servers' parts, with one account. */
  Endpoint byHand() {
    String password = UUID.randomUUID().toString();
    for (EmbeddedDatabase node : nodes) {
      Sql.run(
          node,
          "",
          "CREATE USER hand@'%' IDENTIFIED BY '" + password + "'",
          "GRANT ALL PRIVILEGES ON " + SPREAD + ".* TO hand@'%'");
    }
    return new Endpoint(nodes.get(0).port(), "hand", password, SPREAD).and(nodes.get(1).port());
  }

  private static Endpoint of(EmbeddedDatabase server, int port, String schema) {
    return new Endpoint(port, server.user(), server.password(), schema);
  }

  Endpoint relay() {
    int port = ChildProcess.freePort();
    start(
        "relay",
        BenchMain.class.getName(),
        List.of(
            "relay-worker",
            String.valueOf(port),
            String.valueOf(nodes.get(0).port()),
            String.valueOf(loops)));
    ChildProcess relay = children.get(children.size() - 1);
    byPort.put(port, relay);
    relay.awaitPort(port);
    return of(nodes.get(0), port, WHOLE);
  }

  /** Statements are passed on to the first server. */
  Endpoint passing() {
    EmbeddedDatabase node = nodes.get(0);
    return proxy(
        "proxy",
        WHOLE,
        """
        "nodes": [{"name": "db1", "maximum_pool_size": 64,
          "dsn": "mysql://%s@127.0.0.1:%d?password-file=%s"}],
        """
            .formatted(node.user(), node.port(), secret("node", node.password())));
  }

  /** Statements go to both servers, by rules. */
  Endpoint sharded() {
    StringBuilder rules =
        new StringBuilder("schema: " + SPREAD + "\ntransaction_mode: xa\nnodes:\n");
    for (int node = 0; node < 2; node++) {
      EmbeddedDatabase server = nodes.get(node);
      String dsn =
          "mysql://%s:%s@127.0.0.1:%d/%s"
              .formatted(server.user(), server.password(), server.port(), SPREAD);
      rules.append(
          "  - {name: db%d, dsn: 'file:%s', maximum_pool_size: 64}%n"
              .formatted(node + 1, secret("dsn-" + node, dsn)));
    }
    rules.append(
        """
        tables:
          - name: sbtest1
            type: sharding
            strategies:
              - backends: ['db1.sbtest1_{0, 8, 2}', 'db2.sbtest1_{1, 8, 2}']
                sharding_columns: [id]
                algorithm: mod
          - name: account
            type: sharding
            strategies:
              - {backends: [db1.account_0, db2.account_1], sharding_columns: [id], algorithm: mod}
        """);
    write(folder.resolve("rules.yaml"), rules.toString());
    return proxy("sharded", SPREAD, "\"rules\": \"rules.yaml\",\n");
  }

  private Endpoint proxy(String name, String schema, String nodesOrRules) {
    int port = ChildProcess.freePort();
    String password = UUID.randomUUID().toString();
    Path config = folder.resolve(name + ".json");
    write(
        config,
        """
        {
          "listen": "127.0.0.1:%d",
          "users": [{"name": "bench", "password_file": "%s"}, {"name": "idle", "no_password": true}],
          %s
          "limits": {"max_connections": 10000},
          "event_loops": %d
        }
        """
            .formatted(port, secret(name, password), nodesOrRules, loops));
    start(name, MAIN, List.of("proxy", "--config", config.toString()));
    byPort.put(port, children.get(children.size() - 1));
    Endpoint endpoint = new Endpoint(port, "bench", password, schema);
    awaitLogin(endpoint, name);
    return endpoint;
  }

  /** The process that stands between there and a server; empty if it is the server. */
  OptionalLong between(Endpoint endpoint) {
    ChildProcess process = byPort.get(endpoint.port());
    return process == null ? OptionalLong.empty() : OptionalLong.of(process.pid());
  }

  /** Memory and threads of the proxy there, as the system counts them. */
  String figures(Endpoint proxy) {
    Path status = Path.of("/proc", Long.toString(byPort.get(proxy.port()).pid()), "status");
    try (Stream<String> lines = Files.lines(status)) {
      Map<String, Long> found = new HashMap<>();
      lines
          .filter(line -> line.startsWith("VmRSS:") || line.startsWith("Threads:"))
          .forEach(
              line ->
                  found.put(
                      line.substring(0, line.indexOf(':')),
                      Long.parseLong(line.replaceAll("\\D+", ""))));
      return found.get("VmRSS") / 1024 + " MiB resident, " + found.get("Threads") + " threads";
    } catch (IOException e) {
      throw new BenchException("cannot read " + status, e);
    }
  }

  /** ShardingSphere's proxy over both servers. */
  Endpoint peer(ShardingSphereProxy peer) {
    Endpoint endpoint = peer.start(part(0), part(1), heap, children::add);
    byPort.put(endpoint.port(), children.get(children.size() - 1));
    awaitLogin(endpoint, "peer");
    return endpoint;
  }

  /** ShardingSphere's proxy, passing on to the first server. */
  Endpoint passingPeer(ShardingSphereProxy peer) {
    Endpoint endpoint = peer.start(direct(), heap, children::add);
    byPort.put(endpoint.port(), children.get(children.size() - 1));
    awaitLogin(endpoint, "peer to one node");
    return endpoint;
  }

  private void start(String name, String main, List<String> arguments) {
    children.add(
        ChildProcess.start(
            folder.resolve(name + ".log"),
            ChildProcess.java(
                List.of(
                    "-Xmx" + heap, "-Dpi.log.file=" + folder.resolve(name + ".pi.log").toString()),
                main,
                arguments)));
  }

  private void awaitLogin(Endpoint endpoint, String name) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (true) {
      try (java.sql.Connection connection = endpoint.connect()) {
        if (connection.isValid(5)) {
          return;
        }
      } catch (java.sql.SQLException e) {
        if (System.nanoTime() > deadline || !children.get(children.size() - 1).alive()) {
          throw new BenchException(
              name + " takes no clients; its log is in " + folder + ": " + e.getMessage(), e);
        }
      }
      Pause.millis(200);
    }
  }

  private Path secret(String name, String text) {
    Path file = folder.resolve(name + ".secret");
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
    write(file, text);
    return file;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
  }

  @Override
  public void close() {
    children.forEach(ChildProcess::close);
    nodes.forEach(EmbeddedDatabase::close);
  }
}
