package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Value;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.plan.ShopCatalog;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.BoundStatement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.TextTemplate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan that was kept of another text must be the one that would be made. */
class RoutesTest {
  private static final String SCHEMA = "shop";

  private final DalRules rules = RulesDocument.read(Path.of("src/test/resources/plans/rules.yaml"));
  private final RulesVersion version = version();
  private final SessionValues values =
      new SessionValues(SCHEMA, 0, true, false, TransactionMode.SIMPLE, OptionalLong.empty());
  private final Routes routes = new Routes();

  private RulesVersion version() {
    Catalog catalog = ShopCatalog.catalog();
    return new RulesVersion(
        rules, catalog, new Planner(rules, catalog), new LogicalNames(rules), null);
  }

  private Optional<Plan> kept(String sql) {
    return kept(sql, version, values);
  }

  private Optional<Plan> kept(String sql, RulesVersion by, SessionValues with) {
    return TextTemplate.of(sql)
        .flatMap(template -> routes.find(template, by, with, Route.Fill.ALL))
        .map(Route.Routed::plan);
  }

  private Plan made(String sql) {
    return version.planner().plan(StatementReader.read(sql), SCHEMA);
  }

  /** One of # is a literal of any kind. */
  private static String written(String sql, Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      text.append(c == '#' ? literal(random) : String.valueOf(c));
    }
    return text.toString();
  }

  private static String literal(Random random) {
    return switch (random.nextInt(14)) {
      case 0 -> "NULL";
      case 1 -> "x'" + (10 + random.nextInt(80)) + "'";
      case 2 -> "0x1" + random.nextInt(10);
      case 3 -> random.nextInt(100) + ".5";
      case 4 -> "1e" + random.nextInt(5);
      case 5 -> "'it''s \\'" + random.nextInt(100) + "? -- '";
      case 6 -> "\"a? /* " + random.nextInt(9) + "\"";
      case 7 -> "'" + (random.nextInt(1000) - 500) + "'";
      case 8 -> "'2026-0" + (1 + random.nextInt(9)) + "-11'";
      case 9 -> "DATE '2026-0" + (1 + random.nextInt(9)) + "-11'";
      case 10 -> "-" + random.nextInt(500);
      case 11 -> "'a' 'b'";
      default -> Integer.toString(random.nextInt(1000));
    };
  }

  private static Plan withoutUnions(Plan plan) {
    return plan instanceof Plan.Scatter scatter
        ? new Plan.Scatter(scatter.parts(), scatter.merge(), scatter.locks())
        : plan;
  }

  /** Else plans of all apps would be thrown away together, by rules that are read again. */
  @Test
  void whatAnotherTakesThePlaceOfWeighsNothing() {
    kept("SELECT note FROM orders WHERE user_id = 1");
    kept("SELECT note FROM orders WHERE user_id BETWEEN 1 AND 2");
    long once = routes.weight();
    for (int i = 0; i < 20; i++) {
      RulesVersion next = version();
      kept("SELECT note FROM orders WHERE user_id = 1", next, values);
      kept("SELECT note FROM orders WHERE user_id BETWEEN 1 AND 2", next, values);
    }
    assertThat(once).isPositive();
    assertThat(routes.weight()).isEqualTo(once);
    routes.forget();
    assertThat(routes.weight()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT note FROM orders WHERE user_id = #",
        "SELECT note FROM orders WHERE user_id IN (#) FOR UPDATE",
        "SELECT id, # FROM shop.orders o WHERE o.amount > # AND # = o.user_id AND note LIKE #"
            + " ORDER BY 1 LIMIT 7",
        "SELECT count(*) FROM orders WHERE id=# AND user_id =#",
        "SELECT * FROM customer WHERE age BETWEEN # AND # AND name = #",
        "SELECT * FROM visit WHERE day = #",
        "UPDATE orders SET amount = amount + #, note = # WHERE user_id = # AND id = #",
        "UPDATE customer SET age = # WHERE name = # LIMIT 3",
        "DELETE FROM orders WHERE user_id = #",
        "INSERT INTO orders (id, user_id, note) VALUES (#, #, #)",
        "INSERT INTO orders VALUES (#, #, #, #) ON DUPLICATE KEY UPDATE note = #",
        "REPLACE INTO customer (city_id, name) VALUES (#, #)",
        "SELECT note FROM orders WHERE user_id BETWEEN # AND #",
        "SELECT id, note FROM orders WHERE user_id >= # AND user_id < # AND amount > #"
            + " ORDER BY note, id DESC",
        "SELECT SUM(amount) FROM orders WHERE user_id IN (#, #, #)",
        "SELECT DISTINCT note FROM orders WHERE id > # ORDER BY note",
        "SELECT name, COUNT(*) FROM customer WHERE age > # GROUP BY name",
        "SELECT who FROM visit WHERE day BETWEEN # AND #",
        "SELECT note FROM orders WHERE user_id > # LIMIT 3",
        "SELECT note FROM orders WHERE user_id > # ORDER BY amount DESC, id LIMIT 7 OFFSET 2",
        "SELECT SUM(amount) AS s FROM orders WHERE user_id > # GROUP BY note ORDER BY s LIMIT 2, 5"
      })
  void aKeptPlanIsTheOneThatWouldBeMade(String sql) {
    Random random = new Random(42);
    int compared = 0;
    for (int i = 0; i < 3_000; i++) {
      String text = written(sql, random);
      Optional<Plan> plan = kept(text);
      if (plan.isPresent()) {
        assertThat(withoutUnions(plan.get())).as(text).isEqualTo(made(text));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(100);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT note, 5 FROM orders WHERE user_id = ? AND id > -?",
        "UPDATE orders SET note = ? WHERE user_id = ? LIMIT 3",
        "SELECT id FROM orders WHERE user_id BETWEEN ? AND ? ORDER BY 1",
        "SELECT note FROM orders WHERE user_id IN (?, ?) AND note LIKE ? ORDER BY note LIMIT ?",
        "SELECT note FROM orders WHERE user_id > ? ORDER BY id LIMIT ?, ?"
      })
  void whatIsPreparedHasThePlanOfItsText(String sql) {
    Random random = new Random(42);
    int compared = 0;
    int limits = sql.endsWith("LIMIT ?, ?") ? 2 : sql.endsWith("LIMIT ?") ? 1 : 0;
    for (int i = 0; i < 1_000; i++) {
      List<Value> bound = new ArrayList<>();
      int parameters = (int) sql.chars().filter(c -> c == '?').count();
      while (bound.size() < parameters) {
        boolean any = bound.size() < parameters - limits && random.nextInt(4) == 0;
        bound.add(any ? Value.text("it's " + i) : Value.whole(random.nextInt(9)));
      }
      BoundStatement statement = new BoundStatement(sql, bound);
      Optional<Plan> plan =
          routes.find(statement, version, values, Route.Fill.ALL).map(Route.Routed::plan);
      if (plan.isPresent()) {
        String text = statement.written(List.of(sql.split("\\?", -1)));
        assertThat(withoutUnions(plan.get())).as(text).isEqualTo(made(text));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(100);
  }

  @Test
  void whatIsPassedOnKeepsItsParameters() {
    BoundStatement statement =
        new BoundStatement("SELECT note FROM orders WHERE user_id = ?", List.of(Value.whole(7)));
    assertThat(routes.find(statement, version, values, Route.Fill.NONE).map(Route.Routed::plan))
        .get()
        .isInstanceOfSatisfying(
            Plan.OneNode.class, plan -> assertThat(plan.sql().sql()).endsWith("user_id = ?"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT note FROM orders WHERE user_id = # OR user_id = #",
        "SELECT 5 FROM orders WHERE user_id > #",
        "SELECT note FROM orders WHERE user_id = -7",
        "SELECT note FROM orders WHERE user_id + # > 3",
        "SELECT note FROM orders WHERE user_id > # ORDER BY 1",
        "SELECT note, COUNT(*) FROM orders WHERE user_id > # GROUP BY note HAVING COUNT(*) > 3",
        "SELECT note FROM orders WHERE user_id = # AND id IN (SELECT id FROM orders WHERE user_id ="
            + " #)",
        "SELECT note FROM orders WHERE user_id = # UNION SELECT note FROM orders WHERE user_id = #",
        "SELECT LAST_INSERT_ID(), note FROM orders WHERE user_id = #",
        "SELECT @a, note FROM orders WHERE user_id = #",
        "UPDATE orders SET user_id = # WHERE user_id = #",
        "INSERT INTO orders (id, user_id) VALUES (#, #), (#, #)",
        "INSERT INTO ticket VALUES (#, #, #)",
        "SELECT label FROM city WHERE city_id = #",
        "SELECT GET_LOCK('a', 1)",
        "SELECT note FROM orders WHERE user_id = 1; DELETE FROM orders WHERE user_id = #",
        "EXPLAIN SELECT note FROM orders WHERE user_id = #",
        "SELECT note FROM orders WHERE user_id = ?",
        "SELECT /* request 4711 */ note FROM orders WHERE user_id = #",
        "COMMIT"
      })
  void whatDependsOnMoreIsPlannedEachTime(String sql) {
    Random random = new Random(42);
    for (int i = 0; i < 200; i++) {
      String text = written(sql, random);
      assertThat(kept(text)).as(text).isEmpty();
    }
  }

  @Test
  void otherRulesAndSchemasHaveOtherPlans() {
    String sql = "SELECT note FROM orders WHERE user_id = 7";
    assertThat(kept(sql)).isPresent();
    RulesVersion other = version();
    assertThat(kept(sql, other, values)).isPresent();
    assertThat(
            kept(
                sql,
                other,
                new SessionValues(
                    "mysql", 0, true, false, TransactionMode.SIMPLE, OptionalLong.empty())))
        .isEmpty();
    assertThat(kept(sql, other, values)).isPresent();
  }
}
