package io.piplan.dts.job;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values of 16 MB and a little more, by copy and by binlog, where the servers' packets allow them.
 */
@ExtendWith(ServersExtension.class)
class LargeValueIT {
  private static final int LARGEST_MEDIUM = (1 << 24) - 1;

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private EmbeddedMySql a;

  LargeValueIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    a = server(31);
  }

  private EmbeddedMySql server(int id) {
    return servers.startMySql(
        MySqlOptions.defaults().withServerId(id).withArgument("--max-allowed-packet=256M"));
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
    a.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void arriveWhole(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    EmbeddedMySql b = postgres ? null : server(32);
    String from = a.createDatabase("large");
    String to = postgres ? servers.postgres().createDatabase("large") : b.createDatabase("large");
    try (Connection source = SyncHarness.connect(a, from);
        Connection target =
            postgres ? SyncHarness.connect(servers.postgres(), to) : SyncHarness.connect(b, to)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, m MEDIUMBLOB, l LONGTEXT)",
          insert(1, LARGEST_MEDIUM, 10),
          insert(2, 10, LARGEST_MEDIUM + 5000));
      String sync =
          syncs.start(
              SyncHarness.mySqlCatalog("a", a)
                  + (postgres
                      ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
                      : SyncHarness.mySqlCatalog("b", b))
                  + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s');"
                      .formatted(from, postgres ? "public" : to, from),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      SyncHarness.run(
          source,
          insert(3, LARGEST_MEDIUM, 10),
          insert(4, 10, LARGEST_MEDIUM + 5000),
          "UPDATE t SET m = REVERSE(m) WHERE id = 1",
          "DELETE FROM t WHERE id = 2");
      SyncHarness.awaitEqual(
          source,
          "SELECT id, HEX(LEFT(m, 9)), HEX(RIGHT(m, 9)), LENGTH(m), RIGHT(l, 9), LENGTH(l),"
              + " SHA2(m, 256), SHA2(l, 256) FROM t ORDER BY id",
          target,
          postgres
              ? "SELECT id, upper(encode(substr(m, 1, 9), 'hex')),"
                  + " upper(encode(substr(m, length(m) - 8), 'hex')), length(m), right(l, 9),"
                  + " octet_length(l), encode(sha256(m), 'hex'),"
                  + " encode(sha256(convert_to(l, 'UTF8')), 'hex') FROM t ORDER BY id"
              : "SELECT id, HEX(LEFT(m, 9)), HEX(RIGHT(m, 9)), LENGTH(m), RIGHT(l, 9), LENGTH(l),"
                  + " SHA2(m, 256), SHA2(l, 256) FROM t ORDER BY id");
    } finally {
      if (b != null) {
        b.close();
      }
    }
  }

  /** Raw bytes with all that could want escaping, and text, of these lengths in bytes. */
  private static String insert(int id, int medium, int text) {
    return "INSERT INTO t VALUES (%d, LEFT(REPEAT(x'00270a5c09ff%02x', %d), %d), RIGHT(REPEAT('x\\\\\\\\\\'\\n%d', %d), %d))"
        .formatted(id, id, medium / 7 + 1, medium, id, text / 5 + 1, text);
  }
}
