package io.piplan.dal.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.sql.StatementReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesDocumentTest {
  private static final String GOOD =
      """
{
  "schema": "shop",
  "transaction_mode": "simple",
  "default_node": "db1",
  "statement_timeout": "30s",
  "nodes": [
    {"name": "db1", "dsn": "env:DB1", "maximum_pool_size": 8, "acquire_timeout": "500ms"},
    {"name": "db2", "type": "source", "dsn": "file:/run/secrets/db2"},
    {"name": "db1r", "type": "replica", "follow": "db1", "dsn": "env:DB1R", "weight": 3}
  ],
  "tables": [
    {"name": "orders", "type": "sharding", "lock_key": ["id"], "strategies": [
      {"backends": ["db1.orders_{0, 4, 2}", "db2.orders_{1, 4, 2}"],
       "sharding_columns": ["user_id"], "algorithm": "mod"}]},
    {"name": "city", "type": "broadcast", "strategies": [{"backends": ["db1.city", "db2.city"]}]}
  ]
}
""";

  @Test
  void readsWhatIsThere() {
    DalRules rules = RulesDocument.parse("f.json", GOOD);

    assertThat(rules.schema()).isEqualTo("shop");
    assertThat(rules.transactionMode()).isEqualTo(TransactionMode.SIMPLE);
    assertThat(rules.statementTimeout()).hasSeconds(30);
    assertThat(rules.node("db1").orElseThrow().acquireTimeout()).hasMillis(500);
    assertThat(rules.node("db1r").orElseThrow().isReplica()).isTrue();
    LogicalTable orders = rules.table("ORDERS").orElseThrow();
    assertThat(orders.strategies().get(0).shards())
        .as("shard n is the actual table of number n, wherever it is written")
        .containsExactly(
            new ActualTable("db1", "orders_0"),
            new ActualTable("db2", "orders_1"),
            new ActualTable("db1", "orders_2"),
            new ActualTable("db2", "orders_3"));
  }

  @Test
  void yamlSaysTheSameAsJson() {
    String yaml =
        """
        schema: shop
        transaction_mode: simple
        default_node: db1
        statement_timeout: 30s
        nodes:
          - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8, acquire_timeout: 500ms}
          - {name: db2, type: source, dsn: 'file:/run/secrets/db2'}
          - {name: db1r, type: replica, follow: db1, dsn: 'env:DB1R', weight: 3}
        tables:
          - name: orders
            type: sharding
            lock_key: [id]
            strategies:
              - backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}']
                sharding_columns: [user_id]
                algorithm: mod
          - name: city
            type: broadcast
            strategies: [{backends: [db1.city, db2.city]}]
        """;

    assertThat(RulesDocument.parse("f.yaml", yaml)).isEqualTo(RulesDocument.parse("f", GOOD));
  }

  @Test
  void tabsMayIndentJson() {
    assertThat(RulesDocument.parse("f", GOOD.replace("  ", "\t")).tables()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"schema\": \"shop\",|\"schema\": 5,|line 2, column 13: schema: 5 is here, expected a"
            + " text",
        "\"simple\"|\"fast\"|transaction_mode: there is no transaction mode \"fast\"; write simple"
            + " or xa",
        "\"default_node\": \"db1\"|\"default_node\": \"db1r\"|there is no source node \"db1r\"",
        "\"30s\"|\"soon\"|statement_timeout: the text \"soon\" is no duration",
        "\"maximum_pool_size\": 8|\"maximum_pool_size\": 0|write a whole number from 1 to 10000",
        "env:DB1\"|mysql://root:secret@h/s\"|a dsn stands here itself, expected a reference",
        "\"follow\": \"db1\", |\"follow\": \"db9\", |there is no source node \"db9\"",
        "\"follow\": \"db1\", |'' |a replica that follows nobody",
        "\"name\": \"db2\"|\"name\": \"db1\"|node \"db1\" is there already",
        "db2.orders_{1, 4, 2}|db2.orders_{4, 4, 2}|an empty or too long series of tables",
        "db2.orders_{1, 4, 2}|db1.orders_{2, 4, 2}|db1.orders_2 belongs already to the backends at"
            + " line 13",
        "db2.orders_{1, 4, 2}|db9.orders_{1, 4, 2}|there is no source node \"db9\"; name one of"
            + " db1, db1r, db2",
        "db2.orders_{1, 4, 2}|orders|names no actual tables; write node.table",
        "\"algorithm\": \"mod\"|\"algorithm\": \"magic\"|there is no algorithm \"magic\"; name one"
            + " of date_interval, hash_mod, list, mod, range",
        "\"algorithm\": \"mod\"|\"algorithm\": \"range\"|\"bounds\" is missing; expected"
            + " \"bounds\": 3 numbers",
        "\"algorithm\": \"mod\"|\"algorithm\": \"mod\", \"algorithm_args\": {\"n\": 4}|\"n\" is no"
            + " argument of it",
        "[\"user_id\"]|[\"user_id\", \"id\"]|this algorithm takes one column, not 2",
        "\"type\": \"sharding\"|\"type\": \"double_sharding\"|1 strategies are here, expected 2",
        "\"type\": \"sharding\"|\"type\": \"sharded\"|there is no type of table \"sharded\"",
        "\"db2.city\"|\"db1.city2\"|a node is named twice",
        "\"name\": \"city\"|\"name\": \"Orders\"|table \"Orders\" is there already",
        "\"lock_key\"|\"lokc_key\"|\"lokc_key\" is not known here",
      })
  void eachFaultIsRefusedWithItsPlace(String good, String bad, String message) {
    String document = GOOD.replace(good, bad);
    assertThat(document).isNotEqualTo(GOOD);

    assertThatThrownBy(() -> RulesDocument.parse("f.json", document))
        .isInstanceOf(RulesException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("f.json: line ")
        .message()
        .doesNotContain("secret@");
  }

  @Test
  void whatCannotBeReadIsRefused() {
    assertThatThrownBy(() -> RulesDocument.parse("f", "{\"schema\": "))
        .isInstanceOf(RulesException.class)
        .hasMessageContaining("can't be read");
    assertThatThrownBy(() -> RulesDocument.parse("f", "")).hasMessageContaining("empty");
  }

  @Test
  void algorithmsStayAsTheyAre() {
    Map<String, ShardAlgorithmProvider> all = BuiltInAlgorithms.all();
    assertThat(all.get("mod").create(Map.of(), 4).shard(key("-1"))).hasValue(3);
    assertThat(all.get("hash_mod").create(Map.of(), 4).shard(key("abc"))).hasValue(2);
    ShardAlgorithm range =
        all.get("range")
            .create(
                Map.of(
                    "bounds", List.of(new java.math.BigDecimal(10), new java.math.BigDecimal(20))),
                3);
    assertThat(range.shard(key("9"))).hasValue(0);
    assertThat(range.shard(key("10"))).hasValue(1);
    assertThat(range.between(utf8("12"), utf8("99"))).hasValue(new ShardAlgorithm.ShardSpan(1, 2));
    ShardAlgorithm months =
        all.get("date_interval").create(Map.of("start", "2026-01-01", "unit", "months"), 12);
    assertThat(months.shard(key("2026-12-31 23:59:59"))).hasValue(11);
    assertThat(months.shard(key("2025-12-31"))).isEmpty();
    assertThat(months.shard(key("2027-01-01"))).isEmpty();
    assertThat(months.between(utf8("2025-01-01"), utf8("2026-02-10")))
        .hasValue(new ShardAlgorithm.ShardSpan(0, 1));
    ShardAlgorithm list =
        all.get("list")
            .create(Map.of("values", List.of(List.of("north"), List.of("south", "west"))), 2);
    assertThat(list.shard(key("west"))).hasValue(1);
    assertThat(list.shard(key("east"))).isEmpty();
  }

  @Test
  void realTablesAreCompared() {
    DalRules rules = RulesDocument.parse("f.json", GOOD);
    ColumnShape id = new ColumnShape("id", "bigint", "bigint(20)", null, false, false);
    ColumnShape user = new ColumnShape("user_id", "int", "int(11)", null, false, false);
    ColumnShape text =
        new ColumnShape("user_id", "varchar", "varchar(9)", "utf8mb4_general_ci", false, false);
    TableShape shape = new TableShape(List.of(id, user), List.of(Set.of("id")));
    TableShape other = new TableShape(List.of(id, text), List.of());
    Map<ActualTable, TableShape> shapes = new java.util.HashMap<>();
    rules.tables().stream()
        .flatMap(LogicalTable::actualTables)
        .forEach(actual -> shapes.put(actual, shape));
    assertThat(new ShapeCheck(shapes).check("f", rules).table("orders")).hasValue(shape);

    shapes.remove(new ActualTable("db2", "orders_1"));
    shapes.put(new ActualTable("db2", "orders_3"), other);
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining("actual table db2.orders_1 is not there")
        .hasMessageContaining("column 2 is user_id varchar(9) there, user_id int(11) here");

    shapes.replaceAll((table, old) -> other);
    shapes.put(new ActualTable("db2", "orders_1"), other);
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining("give it a collation that ends with _bin")
        .hasMessageContaining("lock_key [id] is no unique index of db1.orders_0");
  }

  @Test
  void uniqueIndexesOfAllActualTablesAreCompared() {
    DalRules rules = RulesDocument.parse("f.json", GOOD);
    List<ColumnShape> columns =
        List.of(
            new ColumnShape("id", "bigint", "bigint(20)", null, false, false),
            new ColumnShape("user_id", "int", "int(11)", null, false, false));
    TableShape shape = new TableShape(columns, List.of(Set.of("id")));
    Map<ActualTable, TableShape> shapes = new java.util.HashMap<>();
    rules.tables().stream()
        .flatMap(LogicalTable::actualTables)
        .forEach(actual -> shapes.put(actual, shape));
    ActualTable last = new ActualTable("db2", "orders_3");

    shapes.put(last, new TableShape(columns, List.of()));
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining(
            "line 12, column 14: table orders: lock_key [id] is no unique index of db2.orders_3")
        .hasMessageContaining(
            "the unique indexes of db2.orders_3 differ from those of db1.orders_0: (id) is missing"
                + " there");

    shapes.put(last, new TableShape(columns, List.of(Set.of("id"), Set.of("user_id"))));
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining("(user_id) is there only");
    Catalog after = new ShapeCheck(shapes).look(rules);
    assertThat(after.unfit()).isEmpty();
    assertThat(after.table("orders").orElseThrow().uniqueKeys())
        .as("whatever may collide")
        .containsExactlyInAnyOrder(Set.of("id"), Set.of("user_id"));
    assertThat(after.table("orders").orElseThrow().rowKeys())
        .as("what names rows everywhere")
        .containsExactly(Set.of("id"));

    shapes.put(last, new TableShape(columns, List.of(Set.of("id")), List.of(), List.of(), null));
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining("(id) is missing there without columns that may be NULL");
  }

  @Test
  void namesOfNodesFitIntoTransactions() {
    String name = "n".repeat(63) + "é";
    String longer = GOOD.replace("\"db1r\"", "\"" + name + "\"");
    assertThatThrownBy(() -> RulesDocument.parse("f", longer))
        .hasMessageContaining("more than 64 bytes")
        .hasMessageContaining("line 9");
    assertThat(RulesDocument.parse("f", longer.replace("é", "e")).nodes()).hasSize(3);
  }

  @Test
  void aTableMayBeCreatedLaterWhole() {
    String later =
        GOOD.replace("\"name\": \"orders\",", "\"name\": \"orders\", \"created_later\": true,");
    DalRules rules = RulesDocument.parse("f.json", later);
    TableShape city =
        new TableShape(
            List.of(new ColumnShape("id", "int", "int(11)", null, false, false)),
            List.of(Set.of("id")));
    Map<ActualTable, TableShape> shapes = new java.util.HashMap<>();
    shapes.put(new ActualTable("db1", "city"), city);
    shapes.put(new ActualTable("db2", "city"), city);
    Catalog catalog = new ShapeCheck(shapes).check("f", rules);
    assertThat(catalog.table("orders")).isEmpty();

    Planner planner = new Planner(rules, catalog);
    assertThat(planner.plan(StatementReader.read("SELECT * FROM orders WHERE user_id = 1"), "shop"))
        .isInstanceOfSatisfying(
            Plan.Refused.class,
            refused -> assertThat(refused.reason()).contains("orders' doesn't exist yet"));
    assertThat(
            planner.plan(
                StatementReader.read("CREATE TABLE orders (id INT PRIMARY KEY, user_id INT)"),
                "shop"))
        .isInstanceOfSatisfying(Plan.Ddl.class, ddl -> assertThat(ddl.parts()).hasSize(4));

    shapes.put(new ActualTable("db1", "orders_0"), city);
    assertThatThrownBy(() -> new ShapeCheck(shapes).check("f", rules))
        .hasMessageContaining("actual table db2.orders_1 is not there");
    assertThatThrownBy(() -> RulesDocument.parse("f", later.replace("later\": true", "later\": 1")))
        .hasMessageContaining("created_later: 1 is here; write true or false");
  }

  private static List<byte[]> key(String text) {
    return List.of(utf8(text));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
