package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
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
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code pi proxy-practise}: a proxy in this process before a node that only looks like one, for a
 * few statements. bin/pi has Java note down what classes that takes ({@code
 * -XX:ArchiveClassesAtExit}), and proxies and sidecars take clients sooner for it.
 */
@Command(
    name = "proxy-practise",
    hidden = true,
    description = "Runs a proxy in this process for a moment, to find out what one needs.",
    footer = {"", "Examples:", "  pi proxy-practise"})
final class ProxyPractiseCommand implements Callable<Integer> {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      default_node: a
      nodes:
        - {name: a, dsn: 'env:NODE'}
        - {name: b, dsn: 'env:NODE'}
      tables:
        - name: item
          type: sharding
          strategies:
            - {backends: [a.item_0, b.item_1], sharding_columns: [id], algorithm: mod}
      """;

  private static final List<String> STATEMENTS =
      List.of(
          "SELECT id FROM item WHERE id = 1",
          "SELECT id FROM item WHERE id = 2",
          "SELECT id FROM item ORDER BY id LIMIT 3",
          "INSERT INTO item (id) VALUES (1)",
          "INSERT INTO item (id) VALUES (1), (2)",
          "BEGIN",
          "UPDATE item SET id = id WHERE id = 1",
          "DELETE FROM item WHERE id = 2",
          "COMMIT",
          "SET NAMES utf8mb4");

  ProxyPractiseCommand() {}

  @Override
  public Integer call() throws IOException, SQLException {
    Path folder = Files.createTempDirectory("pi-practise-");
    try (PractiseNode node = new PractiseNode()) {
      String dsn = "mysql://pi:practise@127.0.0.1:" + node.port() + "/shop";
      Files.writeString(folder.resolve("shop.yaml"), RULES);
      run(folder, "\"rules\": \"shop.yaml\"", dsn);
      run(
          folder,
          "\"nodes\": [{\"name\": \"a\", \"dsn\": \"mysql://pi@127.0.0.1:" + node.port() + "\"}]",
          dsn);
    } finally {
      Folders.delete(folder);
    }
    return ExitCode.OK.number();
  }

  private static void run(Path folder, String nodes, String dsn) throws IOException, SQLException {
    Path file =
        Files.writeString(
            folder.resolve("proxy.json"),
            "{\"listen\": \"127.0.0.1:0\", \"event_loops\": 1,"
                + " \"users\": [{\"name\": \"app\", \"no_password\": true}], "
                + nodes
                + "}");
    ConfigReader reader = new ConfigReader(name -> dsn);
    try (ProxyServer proxy = ProxyServer.start(reader.read(file), file, reader);
        Connection app =
            DriverManager.getConnection(
                "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/shop?sslMode=disable", "app", "");
        Statement statement = app.createStatement()) {
      for (String sql : STATEMENTS) {
        if (statement.execute(sql)) {
          try (ResultSet rows = statement.getResultSet()) {
            while (rows.next()) {
              rows.getString(1);
            }
          }
        }
      }
    }
  }
}
