package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Value;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan that is kept must be the one that would be made. */
class KeyedStatementTest {
  private static final String SCHEMA = "shop";

  private final DalRules rules = RulesDocument.read(Path.of("src/test/resources/plans/rules.yaml"));
  private final Planner planner = new Planner(rules, ShopCatalog.catalog());

  private Optional<KeyedStatement> keyed(String sql) {
    return planner.keyed(sql, Tokens.of(sql), SCHEMA);
  }

  private Plan planned(String sql, List<Value> values) {
    List<Token> bound = new ArrayList<>();
    int number = 0;
    for (Token token : Tokens.of(sql)) {
      bound.add(token.kind() == Token.Kind.PARAMETER ? token.bound(values.get(number++)) : token);
    }
    return planner.plan(StatementReader.read(sql, bound), SCHEMA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT note FROM orders WHERE user_id = ?",
        "SELECT note FROM orders WHERE user_id IN (?) FOR UPDATE",
        "SELECT id, ? FROM shop.orders o WHERE o.amount > ? AND ? = o.user_id AND note LIKE ?"
            + " ORDER BY id LIMIT ?",
        "SELECT count(*) FROM orders WHERE id = ? AND user_id = ?",
        "SELECT * FROM customer WHERE age BETWEEN ? AND ? AND name = ?",
        "SELECT * FROM visit WHERE day = ?",
        "UPDATE orders SET amount = amount + ?, note = ? WHERE user_id = ? AND id = ?",
        "UPDATE customer SET age = ? WHERE name = ? LIMIT 3",
        "DELETE FROM orders WHERE user_id = ?",
        "INSERT INTO orders (id, user_id) VALUES (?, ?)",
        "INSERT IGNORE INTO customer (age, name) VALUES (? + 1, ?)"
      })
  void aKeptPlanIsTheOneThatWouldBeMade(String sql) {
    KeyedStatement keyed = keyed(sql).orElseThrow();
    int parameters = (int) sql.chars().filter(c -> c == '?').count();
    Random random = new Random(42);
    Map<Integer, Plan> kept = new HashMap<>();
    int compared = 0;
    for (int i = 0; i < 2_000; i++) {
      List<Value> values = new ArrayList<>();
      for (int j = 0; j < parameters; j++) {
        values.add(value(random));
      }
      OptionalInt shard = keyed.shard(values);
      if (shard.isEmpty()) {
        continue;
      }
      Plan plan = planned(sql, values);
      Plan before = kept.putIfAbsent(shard.getAsInt(), plan);
      assertThat(plan).as("%s with %s", sql, values).isInstanceOf(Plan.OneNode.class);
      assertThat(keyed.isOn(shard.getAsInt(), (Plan.OneNode) plan)).isTrue();
      if (before != null) {
        assertThat(plan).as("%s with %s", sql, values).isEqualTo(before);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(100);
    assertThat(kept).hasSizeGreaterThan(1);
  }

  private static Value value(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> Value.NULL;
      case 1 -> Value.bytes(new byte[] {(byte) random.nextInt()});
      case 2 -> Value.number(random.nextInt(100) + ".5");
      case 3 -> Value.number("1E" + random.nextInt(5));
      case 4 -> Value.text("x\\" + random.nextInt(100) + "' ");
      case 5 -> Value.text(Integer.toString(random.nextInt(1000) - 500));
      case 6, 7 -> Value.temporal("2026-0" + (1 + random.nextInt(9)) + "-11");
      default -> Value.whole(random.nextInt(1000) - 500);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Another part of the statement, or a second value, tells of the key, too.
        "SELECT note FROM orders WHERE user_id = ? OR user_id = ?",
        "SELECT note FROM orders WHERE user_id = ? AND user_id = ?",
        "SELECT note FROM orders WHERE user_id = ? AND user_id > ?",
        "SELECT note FROM orders WHERE user_id = ? AND id = user_id",
        "SELECT note FROM orders WHERE user_id IN (?, ?)",
        "SELECT note FROM orders WHERE user_id = 7 AND id = ?",
        "SELECT note FROM orders WHERE user_id = -?",
        "SELECT note FROM orders WHERE id = ?",
        "SELECT note FROM orders WHERE user_id = ? UNION ALL SELECT note FROM orders WHERE user_id"
            + " = ?",
        "SELECT note FROM orders WHERE user_id = ? AND id IN (SELECT id FROM orders WHERE user_id ="
            + " ?)",
        "SELECT o.note FROM orders o JOIN city c ON c.city_id = o.id WHERE o.user_id = ?",
        "SELECT 70710678118654752440 FROM orders WHERE user_id = ?",
        // The row may move, or there are copies of it.
        "UPDATE orders SET user_id = ? WHERE user_id = ?",
        "UPDATE ticket SET id = ? WHERE buyer = ?",
        "SELECT id FROM ticket WHERE buyer = ?",
        "SELECT c FROM part WHERE a = ? AND b = ?",
        "SELECT label FROM city WHERE city_id = ?",
        "INSERT INTO orders (id, user_id) VALUES (?, ? + 1)",
        "INSERT INTO orders (id, user_id) VALUES (?, ?), (?, ?)",
        "INSERT INTO orders (id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE user_id = ?",
        "INSERT INTO ticket VALUES (?, ?, ?)"
      })
  void whatDependsOnMoreIsPlannedEachTime(String sql) {
    assertThat(keyed(sql)).isEmpty();
  }

  @Test
  void keysThatCantBeToldArePlanned() {
    KeyedStatement keyed = keyed("SELECT note FROM orders WHERE user_id = ?").orElseThrow();
    assertThat(keyed.shard(List.of(Value.NULL))).isEmpty();
    assertThat(keyed.shard(List.of(Value.number("1.5")))).isEmpty();
    assertThat(keyed.shard(List.of(Value.number("7.0")))).hasValue(3);
  }
}
