package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.ExplainSync;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.SetOption;
import io.piplan.dts.sql.Statement.StatementSet;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionTest {
  static final String CATALOGS =
      """
      CREATE CATALOG mysql_a WITH (
        'type' = 'pi-mysql', 'hostname' = 'db-a', 'username' = 'sync', 'password' = '${A_PASSWORD}');
      CREATE CATALOG pg_b WITH (
        'type' = 'pi-postgres', 'hostname' = 'db-b', 'username' = 'sync', 'password' = '${B_PASSWORD}',
        'default-database' = 'shop');
      """;

  private static final SecretLookup SECRETS =
      new TestSecrets(Map.of("A_PASSWORD", "alpha-1", "B_PASSWORD", "it's beta", "PORT", "3307"));

  static Definition parse(String text) {
    return Definition.parse("shop.sql", text, SECRETS);
  }

  private static SyncDatabase sync(String statement) {
    return parse(CATALOGS + statement).syncs().get(0);
  }

  @Test
  void catalogs() {
    Definition definition =
        parse(
            CATALOGS
                + """
                CREATE CATALOG IF NOT EXISTS `site b` COMMENT 'the other' WITH (
                  'type' = 'pi-mysql', 'hostname' = 'b', 'port' = '${PORT}', 'username' = 'u',
                  'password' = '${A_PASSWORD}', 'default-database' = 'shop', 'server-id' = '5400-5408',
                  'server-time-zone' = 'Asia/Shanghai', 'jdbc.properties.useSSL' = 'true');
                """);
    CreateCatalog mysql = definition.catalog("mysql_a").orElseThrow();
    assertThat(mysql.settings().server())
        .isEqualTo(new MySqlServer("db-a", 3306, "sync", new Secret.EnvSecret("A_PASSWORD")));
    PostgresServer postgres =
        (PostgresServer) definition.catalog("pg_b").orElseThrow().settings().server();
    assertThat(postgres.database()).isEqualTo("shop");
    assertThat(postgres.port()).isEqualTo(5432);
    CreateCatalog other = definition.catalog("site b").orElseThrow();
    assertThat(other.ifNotExists()).isTrue();
    assertThat(other.comment()).isEqualTo("the other");
    assertThat(other.settings().serverIds()).contains(new ServerIds(5400, 5408));
    assertThat(other.settings().serverTimeZone().getId()).isEqualTo("Asia/Shanghai");
    MySqlServer server = (MySqlServer) other.settings().server();
    assertThat(server.port()).isEqualTo(3307);
    assertThat(server.properties()).containsEntry("useSSL", "true");
    assertThat(definition.toString()).doesNotContain("alpha-1").doesNotContain("beta");
  }

  @Test
  void wholeDatabase() {
    SyncDatabase sync = sync("sync database mysql_a.shop to pg_b.public");
    assertThat(sync.source()).isEqualTo(new ObjectName("mysql_a", "shop"));
    assertThat(sync.target()).isEqualTo(new ObjectName("pg_b", "public"));
    assertThat(sync.tables().selects("anything")).isTrue();
    assertThat(sync.options().name()).isEqualTo("shop_to_public");
    assertThat(sync.options().startup()).isEqualTo(Startup.INITIAL);
    assertThat(sync.options().delivery()).isEqualTo(SyncOptions.Delivery.EXACTLY_ONCE);
  }

  @Test
  void everyClauseInAnyOrder() {
    SyncDatabase sync =
        sync(
            """
            SYNC DATABASE mysql_a.`the shop` TO pg_b.public -- the lot
              RENAME (orders TO order_2, `a b` TO c)
              INCLUDING TABLES (orders, `a b`, 'log\\_%')
              /* but */ EXCLUDING TABLES ('%_tmp')
              KEYS (orders: (shop, nr), log_1: id)
              WHERE (orders: state IN ('a', 'b,c)') AND nr > 5, log_1: NOT (id = -1))
              WITH ('name' = 'all', 'parallelism' = '4', 'delivery' = 'at-least-once',
                'apply.linger' = '1 s', 'sink.buffer-flush.max-rows' = '10', 'bad-rows' = 'dead-letter',
                'zero-dates' = 'null', 'append-only.tables' = 'log_1, log_2', 'server-id' = '7');
            """);
    assertThat(sync.source().database()).isEqualTo("the shop");
    assertThat(sync.targetTable("orders")).isEqualTo("order_2");
    assertThat(sync.targetTable("log_1")).isEqualTo("log_1");
    assertThat(sync.tables().selects("a b")).isTrue();
    assertThat(sync.tables().selects("log_1")).isTrue();
    assertThat(sync.tables().selects("login")).isFalse();
    assertThat(sync.tables().selects("log_tmp")).isFalse();
    assertThat(sync.tables().named()).containsExactly("orders", "a b");
    assertThat(sync.keys())
        .isEqualTo(Map.of("orders", List.of("shop", "nr"), "log_1", List.of("id")));
    assertThat(sync.conditions().get("orders").text())
        .isEqualTo("state IN ('a', 'b,c)') AND nr > 5");
    assertThat(sync.conditions().get("log_1").text()).isEqualTo("NOT (id = -1)");
    SyncOptions options = sync.options();
    assertThat(options.name()).isEqualTo("all");
    assertThat(options.parallelism()).hasValue(4);
    assertThat(options.applyLinger()).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.applyBatchRows()).isEqualTo(10);
    assertThat(options.zeroDates()).isEqualTo(SyncOptions.ZeroDates.NULL);
    assertThat(options.appendOnlyTables()).containsExactly("log_1", "log_2");
    assertThat(options.serverIds()).contains(new ServerIds(7, 7));
  }

  @Test
  void oneTable() {
    SyncDatabase sync =
        sync(
            "SYNC TABLE mysql_a.shop.orders TO pg_b.public.orders_copy KEY (nr)"
                + " WHERE (nr > 3) WITH ('bad-rows' = 'fail')");
    assertThat(sync.tables().selects("orders")).isTrue();
    assertThat(sync.tables().selects("customers")).isFalse();
    assertThat(sync.targetTable("orders")).isEqualTo("orders_copy");
    assertThat(sync.keys()).containsEntry("orders", List.of("nr"));
    assertThat(sync.conditions()).containsKey("orders");
    assertThat(sync.options().name()).isEqualTo("orders_to_public");
  }

  @Test
  void startModes() {
    assertThat(start("'scan.startup.mode' = 'latest-offset'").mode())
        .isEqualTo(Startup.Mode.LATEST_OFFSET);
    assertThat(
            start(
                "'scan.startup.mode' = 'specific-offset',"
                    + " 'scan.startup.specific-offset.file' = 'binlog.000007',"
                    + " 'scan.startup.specific-offset.pos' = '1234'"))
        .isEqualTo(new Startup(Startup.Mode.SPECIFIC_OFFSET, "binlog.000007", 1234, null, 0));
    assertThat(
            start(
                    "'scan.startup.mode' = 'specific-offset',"
                        + " 'scan.startup.specific-offset.gtid-set' = 'a:1-5'")
                .mode())
        .isEqualTo(Startup.Mode.GTID);
    assertThat(
            start(
                    "'scan.startup.mode' = 'timestamp',"
                        + " 'scan.startup.timestamp-millis' = '1700000000000'")
                .timestampMillis())
        .isEqualTo(1700000000000L);
  }

  private static Startup start(String options) {
    return sync("SYNC DATABASE mysql_a.shop TO pg_b.public WITH (" + options + ")")
        .options()
        .startup();
  }

  @Test
  void otherStatementsAreFlinks() {
    Definition definition =
        parse(
            """
            -- first
            SET 'table.local-time-zone' = 'UTC';
            CREATE TABLE t (id INT, s STRING DEFAULT, PRIMARY KEY (id) NOT ENFORCED) WITH (
              'connector' = 'mysql-cdc', 'password' = '${B_PASSWORD}', 'url' = 'semi;colon');
            INSERT INTO u SELECT id, '${A_PASSWORD}' FROM t /*+ OPTIONS('a'='b') */ WHERE s <> ';';
            EXECUTE STATEMENT SET BEGIN
              INSERT INTO a SELECT CASE WHEN id = 1 THEN 2 END FROM t;
              INSERT INTO b SELECT * FROM t;
            END;
            BEGIN STATEMENT SET; INSERT INTO c SELECT * FROM t; END;
            EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT * FROM t; END;
            SHOW TABLES
            """);
    List<Statement> statements = definition.statements();
    assertThat(statements).hasSize(7);
    assertThat(statements.get(0)).isInstanceOf(SetOption.class);
    FlinkStatement table = (FlinkStatement) statements.get(1);
    assertThat(table.text()).contains("${B_PASSWORD}").contains("semi;colon");
    assertThat(table.resolved()).contains("'password' = 'it''s beta'");
    assertThat(table.toString()).doesNotContain("beta");
    FlinkStatement insert = (FlinkStatement) statements.get(2);
    assertThat(insert.insert()).isTrue();
    assertThat(insert.resolved()).isEqualTo(insert.text()).contains("/*+ OPTIONS('a'='b') */");
    assertThat(insert.location()).isEqualTo(new Location(5, 1));
    assertThat(((StatementSet) statements.get(3)).inserts()).hasSize(2);
    assertThat(((StatementSet) statements.get(4)).inserts()).hasSize(1);
    assertThat(statements.get(5)).isInstanceOf(FlinkStatement.class);
    assertThat(((FlinkStatement) statements.get(6)).text()).isEqualTo("SHOW TABLES");
  }

  @Test
  void explainRunsNothing() {
    Definition definition =
        parse(
            CATALOGS
                + "EXPLAIN SYNC DATABASE mysql_a.shop TO pg_b.public;"
                + " SYNC DATABASE mysql_a.shop TO pg_b.public;");
    assertThat(definition.syncs()).hasSize(1);
    assertThat(definition.statements().get(2)).isInstanceOf(ExplainSync.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE CATALOG a WITH ('type'='pi-mysql', 'hostname'='h', 'username'='u', 'password'='#');",
        "CREATE CATALOG a WITH ('type'='pi-mysql', 'hostname'='h', 'username'='u',"
            + " 'password'='x${A_PASSWORD}#');",
        "CREATE CATALOG a WITH ('type'='pi-mysql', 'hostname'='h', 'username'='u',"
            + " 'password'='${A_PASSWORD}', 'jdbc.properties.trustCertificateKeyStorePassword'='#');",
        "CREATE CATALOG x WITH ('type'='iceberg', 's3.secret-access-key'='#');",
        "CREATE TABLE t (id INT) WITH ('connector'='jdbc',"
            + " 'url'='jdbc:mysql://h/d?user=x&password=#');",
        "CREATE TABLE t (id INT) WITH ('connector'='jdbc', 'url'='jdbc:mysql://u:#@h/d');",
        "CREATE TABLE t (id INT) WITH ('connector'='kafka', 'properties.sasl.jaas.config'='#');",
        "ALTER TABLE t SET ('password'='#');",
        "SET 'fs.s3a.access.key' = '#';",
        "INSERT INTO t SELECT * FROM s /*+ OPTIONS('password'='#') */;",
        "CREATE CATALOG h WITH ('type'='pi-hive', 'metastore-uri'='thrift://h:1',"
            + " 'hiveserver2-url'='jdbc:hive2://h:1/;ssl=true;trustStorePassword=#');",
        "CREATE CATALOG h WITH ('type'='pi-hive', 'metastore-uri'='thrift://h:1',"
            + " 'hiveserver2-url'='jdbc:hive2://h:1/',"
            + " 'conf.fs.azure.account.key.x.blob.core.windows.net'='#');",
        "CREATE CATALOG h WITH ('type'='pi-hive', 'metastore-uri'='thrift://h:1',"
            + " 'hiveserver2-url'='jdbc:hive2://h:1/', 'conf.fs.s3a.encryption.key'='#');",
      })
  void secretsThatAreWrittenOutAreRefusedAndNotShown(String statement) {
    String secret = "hunter2";
    assertThatThrownBy(() -> parse("\n" + statement.replace("#", secret)))
        .hasMessageStartingWith("PI-1008 shop.sql:2:")
        .hasMessageContaining("written out")
        .hasMessageContaining("******")
        .hasMessageContaining("'${NAME}'")
        .message()
        .doesNotContain(secret);
  }

  @Test
  void whatOnlySaysWhereASecretIsMayBeWritten() {
    String text =
        """
        -- once 'password' = 'hunter2' and jdbc:mysql://h/d?password=hunter2
        CREATE CATALOG h WITH ('type'='pi-hive', 'metastore-uri'='thrift://h:1', 'password'='',
          'hiveserver2-url'='jdbc:hive2://h:1/;trustStorePassword=${A_PASSWORD}',
          'conf.fs.s3a.aws.credentials.provider'='org.example.Provider',
          'conf.hadoop.security.credential.provider.path'='jceks://file/x',
          'conf.fs.azure.account.keyprovider.x'='org.example.Provider',
          'conf.fs.s3a.access.key'='${A_PASSWORD}', 'conf.fs.s3a.secret.key'='${B_PASSWORD}');
        SET 'security.delegation.tokens.enabled' = 'false'; /* token=hunter2 */
        CREATE TABLE t (url STRING) WITH ('connector'='datagen');
        INSERT INTO x SELECT url FROM t WHERE url LIKE '%?token=%' AND kind = 'token' AND 'a' = 'b';
        """;
    Definition definition = parse(text);
    assertThat(definition.text())
        .isEqualTo(text.replace("'hunter2'", "'******'").replace("=hunter2", "=******"))
        .doesNotContain("hunter2");
    assertThat(parse(definition.text()).statements()).hasSize(4);
  }

  @Test
  void filesHoldSecretsToo(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "from a file\n");
    String text = "SET 'x' = 'a-${file:" + file + "}';";
    assertThat(((SetOption) parse(text).statements().get(0)).value()).isEqualTo("a-from a file");
  }
}
