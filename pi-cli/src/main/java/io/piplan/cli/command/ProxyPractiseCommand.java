package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.proxy.server.ConfigReader;
import io.piplan.proxy.server.ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code pi proxy-practise}: proxies that start and end in this process, before a node that only
 * looks like one. bin/pi has Java note down what classes that takes ({@code
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

  ProxyPractiseCommand() {}

  @Override
  public Integer call() throws IOException {
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

  private static void run(Path folder, String nodes, String dsn) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("proxy.json"),
            "{\"listen\": \"127.0.0.1:0\", \"event_loops\": 1,"
                + " \"users\": [{\"name\": \"app\", \"no_password\": true}], "
                + nodes
                + "}");
    ConfigReader reader = new ConfigReader(name -> dsn);
    ProxyServer.start(reader.read(file), file, reader).close();
  }
}
