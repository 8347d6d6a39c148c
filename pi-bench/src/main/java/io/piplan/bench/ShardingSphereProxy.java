package io.piplan.bench;

import io.piplan.bench.Sysbench.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The peer: Apache ShardingSphere-Proxy out of its Maven artifacts, which are fetched when it is
 * measured and are no dependency of ours.
 */
final class ShardingSphereProxy {
  static final String VERSION = "5.1.0";
  private static final String DRIVER = "8.0.33";
  private static final String POM =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>peer</groupId><artifactId>peer</artifactId><version>1</version>
        <dependencies>
          <dependency><groupId>org.apache.shardingsphere</groupId><artifactId>shardingsphere-proxy-bootstrap</artifactId><version>%s</version></dependency>
          <dependency><groupId>com.mysql</groupId><artifactId>mysql-connector-j</artifactId><version>%s</version></dependency>
        </dependencies>
      </project>
      """;

  private final Path folder;
  private final String classPath;

  private ShardingSphereProxy(Path folder, String classPath) {
    this.folder = folder;
    this.classPath = classPath;
  }

  /** Its artifacts; empty with the reason told if they can't be had. */
  static Optional<ShardingSphereProxy> resolve(Path folder, Consumer<String> reason) {
    Optional<Path> maven = ChildProcess.find(null, "mvn");
    if (maven.isEmpty()) {
      reason.accept("Maven is not there to fetch it");
      return Optional.empty();
    }
    Path own = folder.resolve("peer");
    Path log = folder.resolve("peer-maven.log");
    try {
      Files.createDirectories(own);
      // Without it each packet is written to its log.
      Files.writeString(
          own.resolve("logback.xml"), "<configuration><root level=\"WARN\"/></configuration>\n");
      Files.writeString(own.resolve("pom.xml"), POM.formatted(VERSION, DRIVER));
      Process process =
          new ProcessBuilder(
                  maven.get().toString(),
                  "-q",
                  "-B",
                  "-f",
                  own.resolve("pom.xml").toString(),
                  "dependency:build-classpath",
                  "-Dmdep.outputFile=" + own.resolve("class-path"))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        reason.accept("its artifacts did not resolve, see " + log);
        return Optional.empty();
      }
      return Optional.of(
          new ShardingSphereProxy(own, Files.readString(own.resolve("class-path")).strip()));
    } catch (IOException e) {
      throw new BenchException("cannot fetch ShardingSphere-Proxy", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /** Over both nodes. */
  Endpoint start(Endpoint even, Endpoint odd, String heap, Consumer<ChildProcess> started) {
    return start("spread", ProxyBed.SPREAD, "XA", sharding(even, odd), heap, started);
  }

  /** Passing on to one node. */
  Endpoint start(Endpoint node, String heap, Consumer<ChildProcess> started) {
    return start(
        "whole",
        ProxyBed.WHOLE,
        "LOCAL",
        sources(ProxyBed.WHOLE, List.of(node)) + "rules: []\n",
        heap,
        started);
  }

  private Endpoint start(
      String name,
      String schema,
      String transactions,
      String config,
      String heap,
      Consumer<ChildProcess> started) {
    int port = ChildProcess.freePort();
    Endpoint endpoint = new Endpoint(port, "bench", UUID.randomUUID().toString(), schema);
    try {
      Files.createDirectories(folder.resolve(name));
      Files.writeString(
          folder.resolve(name).resolve("server.yaml"), server(endpoint, transactions));
      Files.writeString(folder.resolve(name).resolve("config-bench.yaml"), config);
    } catch (IOException e) {
      throw new BenchException("cannot write below " + folder, e);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heap,
            // One directory has the log of one process.
            "-Dcom.atomikos.icatch.log_base_dir=" + folder.resolve(name),
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "-cp",
            folder + ":" + classPath,
            "org.apache.shardingsphere.proxy.Bootstrap",
            String.valueOf(port),
            "/" + name + "/"));
    started.accept(ChildProcess.start(folder.resolve(name + ".log"), command));
    return endpoint;
  }

  private static String server(Endpoint endpoint, String transactions) {
    return """
        rules:
          - !AUTHORITY
            users:
              - %s@%%:%s
            provider:
              type: ALL_PRIVILEGES_PERMITTED
          - !TRANSACTION
            defaultType: %s
            providerType: Atomikos
        props:
          allow-range-query-with-inline-sharding: true
          sql-show: false
          check-table-metadata-enabled: false
        """
        .formatted(endpoint.user(), endpoint.password(), transactions);
  }

  private static String sources(String schema, List<Endpoint> nodes) {
    StringBuilder text = new StringBuilder("schemaName: " + schema + "\ndataSources:\n");
    int number = 0;
    for (Endpoint node : nodes) {
      text.append(
          """
            ds_%d:
              url: jdbc:mysql://127.0.0.1:%d/%s?serverTimezone=UTC&useSSL=false&allowPublicKeyRetrieval=true
              username: %s
              password: %s
              connectionTimeoutMilliseconds: 30000
              idleTimeoutMilliseconds: 60000
              maxLifetimeMilliseconds: 1800000
              maxPoolSize: 64
              minPoolSize: 1
          """
              .formatted(number++, node.port(), node.schema(), node.user(), node.password()));
    }
    return text.toString();
  }

  private static String sharding(Endpoint even, Endpoint odd) {
    return sources(ProxyBed.SPREAD, List.of(even, odd))
        + """
        rules:
          - !SHARDING
            tables:
              sbtest1:
                actualDataNodes: ds_0.sbtest1_${[0,2,4,6]},ds_1.sbtest1_${[1,3,5,7]}
                databaseStrategy:
                  standard: {shardingColumn: id, shardingAlgorithmName: node}
                tableStrategy:
                  standard: {shardingColumn: id, shardingAlgorithmName: shard}
              account:
                actualDataNodes: ds_0.account_0,ds_1.account_1
                databaseStrategy:
                  standard: {shardingColumn: id, shardingAlgorithmName: node}
                tableStrategy:
                  standard: {shardingColumn: id, shardingAlgorithmName: half}
            shardingAlgorithms:
              node: {type: INLINE, props: {algorithm-expression: 'ds_${id % 2}', allow-range-query-with-inline-sharding: true}}
              shard: {type: INLINE, props: {algorithm-expression: 'sbtest1_${id % 8}', allow-range-query-with-inline-sharding: true}}
              half: {type: INLINE, props: {algorithm-expression: 'account_${id % 2}', allow-range-query-with-inline-sharding: true}}
        """;
  }
}
