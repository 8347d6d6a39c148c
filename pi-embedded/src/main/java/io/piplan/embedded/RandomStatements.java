package io.piplan.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Statements on the tables of a shop, made at random: rows, reads and writes for which one database
 * and several shards must give the same.
 */
public final class RandomStatements {
  private static final long OF_AN_ORDINARY_BUILD = 20261127;
  private static final int STATEMENTS_OF_AN_ORDINARY_BUILD = 400;
  private static final boolean RANDOM =
      System.getProperty("pi.chaos") != null || System.getProperty("pi.dal.seed") != null;

  /**
   * The same in each ordinary build, so that what it finds is what somebody has changed; another
   * one each time with {@code -Dpi.chaos}; {@code -Dpi.dal.seed} repeats one.
   */
  public static long seed() {
    return Long.getLong("pi.dal.seed", RANDOM ? System.nanoTime() : OF_AN_ORDINARY_BUILD);
  }

  /** Whether there is time for more; a fast machine gets no further in an ordinary build. */
  public static boolean goOn(long end, int statements) {
    return System.nanoTime() < end && (RANDOM || statements < STATEMENTS_OF_AN_ORDINARY_BUILD);
  }

  private static final int ROWS = 60;

  /** That {@link #rows} fills. */
  public static final List<String> TABLES =
      List.of("orders", "items", "city", "ticket", "person", "visit", "pair");

  /** What each of them is made of, by its name. */
  public static final Map<String, String> COLUMNS =
      Map.of(
          "orders",
          "(id INT NOT NULL, user_id INT NOT NULL, amount DECIMAL(12,2), note VARCHAR(40) CHARACTER"
              + " SET utf8mb4 COLLATE utf8mb4_general_ci, day DATE, rate DOUBLE, stamp DATETIME(3),"
              + " PRIMARY KEY (id, user_id)) ENGINE=InnoDB",
          "items",
          "(item_id INT NOT NULL, order_id INT NOT NULL, user_id INT NOT NULL, qty INT, PRIMARY KEY"
              + " (item_id, user_id)) ENGINE=InnoDB",
          "person",
          "(name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, age INT, PRIMARY"
              + " KEY (name)) ENGINE=InnoDB",
          "visit",
          "(id INT NOT NULL, day DATE NOT NULL, who VARCHAR(20) CHARACTER SET utf8mb4 COLLATE"
              + " utf8mb4_bin, PRIMARY KEY (id, day)) ENGINE=InnoDB",
          "city",
          "(city_id INT PRIMARY KEY, label VARCHAR(20), made TIMESTAMP(6) NOT NULL DEFAULT"
              + " CURRENT_TIMESTAMP(6)) ENGINE=InnoDB",
          "pair",
          "(a INT NOT NULL, b INT NOT NULL, v INT, note VARCHAR(20) CHARACTER SET utf8mb4 COLLATE"
              + " utf8mb4_bin DEFAULT 'd', PRIMARY KEY (a, b)) ENGINE=InnoDB",
          "ticket",
          "(id INT NOT NULL, buyer INT NOT NULL, seller INT NOT NULL, price DECIMAL(9,2), PRIMARY"
              + " KEY (id)) ENGINE=InnoDB");

  private final Random random;

  public RandomStatements(Random random) {
    this.random = random;
  }

  /** Empties all tables and fills them anew. */
  public List<String> rows() {
    List<String> all = new ArrayList<>();
    for (String table : TABLES) {
      all.add("DELETE FROM " + table);
    }
    List<String> orders = new ArrayList<>();
    List<String> items = new ArrayList<>();
    List<String> tickets = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      orders.add(orderRow(i));
      items.add("(" + i + "," + random.nextInt(ROWS) + "," + key() + "," + number(9) + ")");
      tickets.add("(" + i + "," + key() + "," + key() + "," + number(100) + ")");
    }
    all.add("INSERT INTO orders VALUES " + String.join(",", orders));
    all.add("INSERT INTO items VALUES " + String.join(",", items));
    all.add("INSERT INTO ticket VALUES " + String.join(",", tickets));
    all.add(
        "INSERT INTO person VALUES ('a', 1), ('A', 2), ('b', NULL), ('ab', 4), ('Ä', 5), ('中', 6),"
            + " ('', 7), ('10', 8), ('it''s', "
            + number(9)
            + ")");
    List<String> visits = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      visits.add(
          "(" + i + "," + day() + "," + (i % 5 == 0 ? "NULL" : "'w" + number(9) + "'") + ")");
    }
    all.add("INSERT INTO visit VALUES " + String.join(",", visits));
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      pairs.add("(" + i % 5 + "," + i / 5 + "," + number(9) + "," + text() + ")");
    }
    all.add("INSERT INTO pair VALUES " + String.join(",", pairs));
    for (int i = 0; i < 5; i++) {
      all.add("INSERT INTO city (city_id, label) VALUES (" + i + ", 'c" + i + "')");
    }
    return all;
  }

  /** One of five writes. */
  public String next() {
    return random.nextInt(5) == 0 ? write() : read();
  }

  private String orderRow(int id) {
    return String.join(
        ",",
        "(" + id,
        key(),
        number(50) + (random.nextBoolean() ? ".25" : ""),
        text(),
        random.nextInt(6) == 0 ? "NULL" : "'2026-0" + (1 + random.nextInt(4)) + "-11'",
        random.nextInt(6) == 0 ? "NULL" : number(9) + ".5e0",
        "'2026-01-01 00:00:0" + random.nextInt(10) + ".125')");
  }

  private String key() {
    return Integer.toString(random.nextInt(9) - 1);
  }

  private String day() {
    String[] days = {
      "'2026-01-01'", "'2026-01-31'", "'2026-02-01'", "'2026-02-28'", "'2026-03-15'", "'2026-04-30'"
    };
    return days[random.nextInt(days.length)];
  }

  private String number(int below) {
    return Integer.toString(random.nextInt(below) - below / 4);
  }

  private String text() {
    String[] texts = {
      "NULL", "''", "'a'", "'A'", "'a '", "'b'", "'Ä'", "'ab'", "'it''s'", "'中'", "'10'", "'9'"
    };
    return texts[random.nextInt(texts.length)];
  }

  private String where(String prefix) {
    String column = prefix + "user_id";
    String one =
        switch (random.nextInt(12)) {
          case 0, 1, 2 -> column + " = " + key();
          case 3 -> column + " IN (" + key() + ", " + key() + ", NULL)";
          case 4 -> column + " BETWEEN " + key() + " AND " + key();
          case 5 -> key() + " < " + column;
          case 6 -> "(" + column + " = " + key() + " OR " + column + " = '" + key() + "')";
          case 7 -> "NOT " + column + " = " + key();
          case 8 -> column + " <=> " + key();
          case 9 -> column + " IS NOT NULL";
          case 10 -> column + " + 0 = " + key();
          default -> "1 = 1";
        };
    return random.nextInt(3) == 0
        ? one + (random.nextBoolean() ? " AND " : " OR ") + one2(prefix)
        : one;
  }

  private String one2(String prefix) {
    return random.nextBoolean()
        ? prefix + "user_id <> " + key()
        : prefix + "user_id = " + key() + " AND " + prefix + "user_id > " + key();
  }

  private String named() {
    String[] names = {"'a'", "'A'", "'b '", "'ab'", "'Ä'", "'中'", "''", "10", "'10'", "'it''s'"};
    String name = names[random.nextInt(names.length)];
    return switch (random.nextInt(6)) {
      case 0 -> "name IN (" + name + ", " + names[random.nextInt(names.length)] + ")";
      case 1 -> "name LIKE " + name;
      case 2 -> name + " = name AND age > " + number(9);
      case 3 -> "name = " + name + " OR age = " + number(9);
      case 4 -> "name >= " + name;
      default -> "name = " + name;
    };
  }

  private String newName() {
    return random.nextInt(3) == 0 ? "'a'" : "'n" + random.nextInt(9) + "'";
  }

  private String dated() {
    return switch (random.nextInt(6)) {
      case 0 -> "day BETWEEN " + day() + " AND " + day();
      case 1 -> "day < " + day();
      case 2 -> "day >= " + day() + " AND day <= " + day();
      case 3 -> "day IN (" + day() + ", " + day() + ")";
      case 4 -> "YEAR(day) = 2026 AND who = " + text();
      default -> "day = " + day();
    };
  }

  private String on() {
    return switch (random.nextInt(6)) {
      case 0 -> "o.user_id = i.user_id AND o.id = i.user_id";
      case 1 -> "o.user_id = i.user_id AND i.user_id = " + key();
      case 2 -> "i.user_id = o.user_id AND o.user_id > " + key();
      case 3 -> "o.user_id = i.user_id AND (o.id = i.order_id OR i.qty > " + number(9) + ")";
      case 4 -> "o.user_id = i.user_id OR o.id = i.order_id";
      default -> "i.user_id = o.user_id";
    };
  }

  private String limit() {
    return switch (random.nextInt(4)) {
      case 0 -> " LIMIT " + random.nextInt(20);
      case 1 -> " LIMIT " + random.nextInt(20) + ", " + random.nextInt(20);
      case 2 -> " LIMIT " + random.nextInt(20) + " OFFSET " + random.nextInt(70);
      default -> "";
    };
  }

  private String direction() {
    return random.nextBoolean() ? "" : " DESC";
  }

  private String aggregate() {
    String[] all = {
      "COUNT(*)",
      "COUNT(note)",
      "SUM(amount)",
      "AVG(amount)",
      "AVG(id)",
      "MIN(day)",
      "MAX(stamp)",
      "MIN(amount)",
      "MAX(rate)",
      "SUM(rate)",
      "AVG(rate)",
      "COUNT(DISTINCT note)",
      "COUNT(DISTINCT day)",
      "SUM(DISTINCT amount)",
      "AVG(DISTINCT id)",
      "COUNT(DISTINCT user_id)",
      "MIN(id + 0.5)",
      "SUM(user_id)",
      "SUM(id * 2)",
      "SUM(amount) / COUNT(*)",
      "ROUND(AVG(amount), 2)",
      "IFNULL(SUM(amount), 0)",
      "AVG(id) * 3 + 1",
      "COALESCE(MAX(rate), 0) - MIN(rate)",
      "SUM(id) DIV 3",
      "MAX(id) - MIN(user_id)",
      "COUNT(DISTINCT note) * 100 / COUNT(*)",
      "IF(COUNT(*) > 3, 'many', 'few')",
      "SUM(amount * 2) % 7",
      "CASE WHEN COUNT(*) = 0 THEN NULL ELSE SUM(user_id) / COUNT(*) END",
      "AVG(amount) / 3",
      "GREATEST(COUNT(note), 5) + MIN(amount)",
      "-SUM(DISTINCT user_id)",
      "BIT_AND(id)",
      "BIT_OR(user_id)",
      "BIT_XOR(id * 3)",
      "STD(amount)",
      "VARIANCE(id)",
      "VAR_SAMP(rate)",
      "STDDEV_SAMP(user_id)",
      "ROUND(STDDEV_POP(amount), 3)",
      "BIT_OR(id) DIV 4"
    };
    return all[random.nextInt(all.length)];
  }

  private String read() {
    return switch (random.nextInt(82)) {
      case 80 ->
          "WITH RECURSIVE w AS (SELECT id, 1 AS n FROM orders WHERE id < 5 AND "
              + where("")
              + " UNION ALL SELECT i.order_id, n + 1 FROM w JOIN items i ON i.item_id = w.id WHERE"
              + " n < 3) SELECT n, COUNT(*), MAX(id) FROM w GROUP BY n ORDER BY n";
      case 81 ->
          "SELECT id FROM orders WHERE "
              + where("")
              + (random.nextBoolean() ? " EXCEPT" : " INTERSECT")
              + " SELECT order_id FROM items WHERE qty < "
              + number(9);
      case 67 ->
          "SELECT id, user_id, RANK() OVER (ORDER BY amount"
              + direction()
              + ", id, user_id) AS r, SUM(amount) OVER (PARTITION BY day) FROM orders WHERE "
              + where("")
              + " ORDER BY r"
              + direction()
              + limit();
      case 68 ->
          "SELECT day, COUNT(*) AS n, SUM(COUNT(*)) OVER (ORDER BY day) AS s FROM orders WHERE "
              + where("")
              + " GROUP BY day ORDER BY day"
              + direction();
      case 69 ->
          "SELECT day, user_id, COUNT(*) AS n, SUM(amount) FROM orders WHERE "
              + where("")
              + " GROUP BY day, user_id WITH ROLLUP ORDER BY n, day, user_id";
      case 70 ->
          "SELECT user_id, CASE WHEN MAX(note) > 'b' THEN 'big' ELSE 'small' END AS c,"
              + " MIN(note) = 'a', NULLIF(COUNT(note), 3) FROM orders WHERE "
              + where("")
              + " GROUP BY user_id HAVING COUNT(*) > "
              + random.nextInt(5)
              + " OR MAX(id) BETWEEN 30 AND 40 ORDER BY c, user_id";
      case 71 ->
          "SELECT o.id, o.user_id FROM orders o WHERE "
              + (random.nextBoolean() ? "" : "NOT ")
              + "EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id AND i.qty > "
              + number(9)
              + ") AND "
              + where("o.");
      case 72 ->
          "SELECT o.id, o.user_id, (SELECT MAX(i.qty) FROM items i WHERE i.order_id = o.id) AS m"
              + " FROM orders o WHERE "
              + where("o.")
              + " ORDER BY m"
              + direction()
              + ", id, user_id"
              + limit();
      case 73 -> "SELECT COUNT(DISTINCT day, user_id), COUNT(*) FROM orders WHERE " + where("");
      case 74 ->
          "SELECT DISTINCT user_id, COUNT(*) OVER (PARTITION BY user_id) FROM orders WHERE "
              + where("");
      case 75 ->
          "SELECT user_id, JSON_LENGTH(JSON_OBJECTAGG(CONCAT('k', id), day)) AS n FROM orders WHERE"
              + " "
              + where("")
              + " GROUP BY user_id";
      case 76 ->
          "SELECT SUM(amount) AS s, COUNT(*) FROM orders WHERE "
              + where("")
              + " HAVING s > 5 OR s IS NULL";
      case 77 ->
          "SELECT id, user_id FROM orders USE INDEX FOR ORDER BY (PRIMARY) WHERE "
              + where("")
              + " ORDER BY id, user_id"
              + limit();
      case 78 ->
          "SELECT a, SUM(v), COUNT(note) FROM pair WHERE "
              + (random.nextBoolean() ? "b" : "a")
              + " = "
              + random.nextInt(5)
              + " GROUP BY a ORDER BY a";
      case 79 ->
          "SELECT o.id FROM orders o WHERE o.user_id = "
              + key()
              + " AND o.amount > (SELECT AVG(i.qty) FROM items i WHERE i.qty < o.id)";
      case 64 ->
          "SELECT id, user_id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY id"
              + direction()
              + ") AS r, SUM(amount) OVER w, COUNT(*) OVER (PARTITION BY user_id, day) FROM orders"
              + " WHERE "
              + where("")
              + " WINDOW w AS (PARTITION BY user_id ORDER BY id) ORDER BY r"
              + direction()
              + ", id, user_id"
              + limit();
      case 65 ->
          "SELECT o.id, i.item_id, RANK() OVER (PARTITION BY o.user_id ORDER BY i.qty) AS r,"
              + " FIRST_VALUE(o.note) OVER (PARTITION BY i.user_id, o.day ORDER BY o.id, i.item_id)"
              + " FROM orders o JOIN items i ON i.user_id = o.user_id WHERE "
              + where("o.");
      case 66 ->
          "SELECT d.id, d.user_id FROM (SELECT id, user_id, ROW_NUMBER() OVER (PARTITION BY user_id"
              + " ORDER BY amount DESC, id) AS r FROM orders WHERE "
              + where("")
              + ") d WHERE d.r <= "
              + random.nextInt(4);
      case 47 ->
          "SELECT user_id, GROUP_CONCAT(note ORDER BY note"
              + direction()
              + ", id SEPARATOR '; '), COUNT(*) FROM orders WHERE "
              + where("")
              + " GROUP BY user_id ORDER BY user_id"
              + limit();
      case 48 ->
          "SELECT day, GROUP_CONCAT(DISTINCT user_id ORDER BY user_id"
              + direction()
              + "), GROUP_CONCAT(id, '-', user_id ORDER BY id"
              + direction()
              + ", 3), "
              + aggregate()
              + " FROM orders WHERE "
              + where("")
              + " GROUP BY day ORDER BY day";
      case 49 ->
          "SELECT GROUP_CONCAT(amount ORDER BY rate, amount"
              + direction()
              + ", id, user_id), GROUP_CONCAT(rate ORDER BY 1 SEPARATOR ''), "
              + aggregate()
              + " FROM orders WHERE "
              + where("");
      case 50 ->
          "SELECT day, user_id, "
              + aggregate()
              + ", "
              + aggregate()
              + " FROM orders WHERE "
              + where("")
              + " GROUP BY day, user_id WITH ROLLUP";
      case 51 ->
          "SELECT user_id % 3 AS r, COUNT(*) AS n, "
              + aggregate()
              + " FROM orders WHERE "
              + where("")
              + " GROUP BY r WITH ROLLUP HAVING n > "
              + random.nextInt(9);
      case 52 ->
          "SELECT day, user_id, CONCAT(day, ': ', COUNT(*), '/', SUM(amount)), SUM(id) / user_id,"
              + " IF(user_id > 2, SUM(amount), COUNT(*)) FROM orders WHERE "
              + where("")
              + " GROUP BY day, user_id";
      case 53 ->
          "SELECT CONCAT(name, '=', SUM(age), LPAD(COUNT(*), 3, '0')) FROM person WHERE "
              + named()
              + " GROUP BY name";
      case 54 ->
          "SELECT id, user_id FROM orders o WHERE "
              + (random.nextBoolean() ? "" : "NOT ")
              + "EXISTS (SELECT 1 FROM items i WHERE i.user_id = o.user_id AND i.qty > "
              + number(9)
              + " AND i.order_id < o.id) AND "
              + where("o.");
      case 55 ->
          "SELECT o.id, (SELECT COUNT(*) FROM items i WHERE o.user_id = i.user_id AND i.order_id ="
              + " o.id) AS n FROM orders o WHERE "
              + where("o.")
              + " ORDER BY n"
              + direction()
              + ", id, user_id"
              + limit();
      case 56 ->
          "SELECT COUNT(*), SUM(o.amount) FROM orders o WHERE o.id "
              + (random.nextBoolean() ? "" : "NOT ")
              + "IN (SELECT i.order_id FROM items i JOIN city c ON c.city_id = i.qty WHERE"
              + " i.user_id = o.user_id AND "
              + where("i.")
              + ")";
      case 57 ->
          "SELECT d.u, d.n, c.label FROM (SELECT user_id AS u, COUNT(*) AS n FROM orders WHERE "
              + where("")
              + " GROUP BY user_id) AS d LEFT JOIN city c ON c.city_id = d.u";
      case 58 ->
          "SELECT SUM(n), MAX(a), MIN(s) / 3, COUNT(DISTINCT day) FROM (SELECT day, COUNT(*) n,"
              + " AVG(amount) a, SUM(rate) s FROM orders WHERE "
              + where("")
              + " GROUP BY day) x";
      case 59 ->
          "SELECT o.id, d.m FROM orders o JOIN (SELECT user_id, MAX(qty) AS m FROM items GROUP BY"
              + " user_id) d ON d.user_id = o.user_id AND d.m > o.id % 5 WHERE "
              + where("o.");
      case 60 ->
          "WITH w AS (SELECT id, note, amount, stamp FROM orders WHERE "
              + where("")
              + ") SELECT COUNT(*), SUM(amount), COUNT(DISTINCT note), MAX(stamp) FROM w WHERE note"
              + " <> 'A' OR id > "
              + number(50);
      case 61 ->
          "SELECT day, COUNT(*) FROM orders WHERE "
              + where("")
              + " GROUP BY day UNION SELECT day, COUNT(*) FROM visit WHERE "
              + dated()
              + " GROUP BY day ORDER BY 1"
              + direction()
              + ", 2"
              + limit();
      case 62 ->
          "SELECT name FROM person WHERE "
              + named()
              + " UNION SELECT who FROM visit WHERE who LIKE 'w%' AND "
              + dated()
              + " ORDER BY name"
              + direction();
      case 63 ->
          "SELECT 'orders' AS t, SUM(amount), AVG(id) FROM orders WHERE "
              + where("")
              + " UNION ALL SELECT 'items', SUM(qty), NULL FROM items WHERE "
              + where("");
      case 44 ->
          "SELECT id, amount FROM orders WHERE "
              + where("")
              + " UNION ALL SELECT item_id, qty FROM items WHERE "
              + where("")
              + " ORDER BY 1, amount"
              + limit();
      case 45 ->
          "SELECT user_id AS u, day FROM orders WHERE "
              + where("")
              + " UNION SELECT user_id, NULL FROM items WHERE "
              + where("")
              + " ORDER BY u"
              + direction()
              + ", day"
              + limit();
      case 46 ->
          "SELECT id, note FROM orders WHERE "
              + where("")
              + " UNION ALL SELECT o.id, i.qty FROM orders o JOIN items i ON o.user_id = i.user_id"
              + " WHERE "
              + where("i.");
      case 42 ->
          "SELECT user_id, SUM(amount) / COUNT(*) AS q, AVG(id) - 1 FROM orders WHERE "
              + where("")
              + " GROUP BY user_id ORDER BY q"
              + direction()
              + ", user_id"
              + limit();
      case 43 ->
          "SELECT day, ROUND(SUM(rate) / COUNT(*), 1), COUNT(*) AS n FROM orders GROUP BY day"
              + " HAVING n > "
              + random.nextInt(9)
              + " ORDER BY MAX(id) - MIN(id), day";
      case 32 ->
          "SELECT id FROM orders WHERE "
              + where("")
              + " AND id "
              + (random.nextBoolean() ? "" : "NOT ")
              + "IN (SELECT order_id FROM items WHERE qty > "
              + number(9)
              + ")";
      case 33 ->
          "SELECT id FROM orders WHERE amount "
              + (random.nextBoolean() ? ">" : "<=")
              + " (SELECT MAX(qty) FROM items WHERE "
              + where("")
              + ") ORDER BY id, user_id"
              + limit();
      case 34 ->
          "SELECT id FROM orders WHERE note IN (SELECT note FROM orders o WHERE "
              + where("o.")
              + " AND o.id < "
              + random.nextInt(30)
              + ")";
      case 35 ->
          "SELECT id, (SELECT COUNT(*) FROM items WHERE "
              + where("")
              + "), (SELECT MIN(price) FROM ticket) AS p FROM orders WHERE "
              + where("");
      case 36 ->
          "SELECT id FROM orders WHERE "
              + (random.nextBoolean() ? "" : "NOT ")
              + "EXISTS (SELECT 1 FROM items WHERE qty = "
              + number(30)
              + ") AND "
              + where("");
      case 37 ->
          "SELECT id, day FROM orders WHERE day >= (SELECT MIN(day) FROM visit WHERE "
              + dated()
              + ")";
      case 38 ->
          "SELECT COUNT(*), SUM(qty) FROM items WHERE order_id IN (SELECT id FROM orders WHERE "
              + where("")
              + " AND note = (SELECT MAX(note) FROM orders))";
      case 39 ->
          "SELECT o.id, i.qty FROM orders o JOIN items i ON i.user_id = o.user_id AND (o.id, i.qty)"
              + " IN (SELECT order_id, qty FROM items WHERE "
              + where("")
              + ")";
      case 40 ->
          "SELECT name FROM person WHERE age = (SELECT COUNT(*) FROM visit WHERE " + dated() + ")";
      case 41 ->
          "SELECT rate FROM orders WHERE rate IN (SELECT rate FROM orders WHERE " + where("") + ")";
      case 0 -> "SELECT * FROM orders WHERE " + where("");
      case 1 ->
          "SELECT id, note FROM orders WHERE "
              + where("")
              + " ORDER BY note"
              + direction()
              + ", id"
              + direction()
              + ", user_id"
              + limit();
      case 2 ->
          "SELECT *, amount * 2 AS d FROM orders ORDER BY d"
              + direction()
              + ", id, user_id"
              + limit();
      case 3 -> "SELECT " + aggregate() + ", " + aggregate() + " FROM orders WHERE " + where("");
      case 4 ->
          "SELECT day, "
              + aggregate()
              + ", "
              + aggregate()
              + " AS x FROM orders WHERE "
              + where("")
              + " GROUP BY day ORDER BY day"
              + direction()
              + limit();
      case 5 ->
          "SELECT COUNT(*) AS n, "
              + aggregate()
              + " FROM orders GROUP BY note HAVING n"
              + (random.nextBoolean() ? " > " : " <= ")
              + random.nextInt(6);
      case 6 -> "SELECT DISTINCT day, user_id FROM orders WHERE " + where("");
      case 7 -> "SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE " + where("") + ") AS d";
      case 8 ->
          "SELECT o.id, i.item_id FROM orders o JOIN items i ON o.user_id = i.user_id AND o.id ="
              + " i.order_id WHERE "
              + where(random.nextBoolean() ? "o." : "i.");
      case 9 ->
          "SELECT o.id, i.item_id FROM orders o LEFT JOIN items i ON o.user_id = i.user_id AND"
              + " i.qty > "
              + number(9)
              + " WHERE "
              + where("o.")
              + " ORDER BY o.id, i.item_id"
              + limit();
      case 10 ->
          "SELECT o.id, c.label FROM orders o LEFT JOIN city c ON c.city_id = o.user_id WHERE "
              + where("o.");
      case 11 ->
          "SELECT id, price FROM ticket WHERE "
              + (random.nextBoolean() ? "buyer" : "seller")
              + " = "
              + key()
              + " ORDER BY id"
              + direction()
              + limit();
      case 12 ->
          "SELECT buyer, COUNT(*), SUM(price) FROM ticket WHERE seller "
              + (random.nextBoolean() ? "= " : "<> ")
              + key()
              + " GROUP BY buyer ORDER BY 2 DESC, buyer"
              + limit();
      case 29 ->
          "SELECT user_id, AVG(amount), AVG(id) AS a FROM orders WHERE "
              + where("")
              + " GROUP BY user_id HAVING a > "
              + random.nextInt(60)
              + ".3333 ORDER BY a"
              + direction()
              + ", user_id"
              + limit();
      case 13 -> "SELECT * FROM person WHERE " + named();
      case 14 ->
          "SELECT name, age FROM person WHERE "
              + named()
              + " ORDER BY name"
              + direction()
              + limit();
      case 15 -> "SELECT * FROM visit WHERE " + dated();
      case 16 ->
          "SELECT day, COUNT(*), MIN(who), MAX(who) FROM visit WHERE "
              + dated()
              + " GROUP BY day ORDER BY day"
              + direction()
              + limit();
      case 17 ->
          "SELECT o.id, i.item_id FROM orders o LEFT JOIN items i ON "
              + on()
              + " WHERE "
              + where(random.nextBoolean() ? "o." : "i.");
      case 18 ->
          "SELECT COUNT(*), SUM(i.qty), COUNT(DISTINCT o.note) FROM orders o JOIN items i ON "
              + on()
              + " WHERE "
              + where("o.");
      case 19 ->
          "SELECT o.id FROM items i JOIN orders o USING (user_id) WHERE "
              + where("o.")
              + " AND i.qty"
              + " > "
              + number(9);
      case 20 ->
          "SELECT id FROM orders WHERE "
              + where("")
              + " AND id IN (SELECT city_id FROM city WHERE"
              + " label <> 'c"
              + random.nextInt(5)
              + "')";
      case 21 ->
          "SELECT id FROM orders WHERE user_id = "
              + key()
              + " AND id IN (SELECT order_id FROM items"
              + " WHERE user_id = "
              + key()
              + ")";
      case 22 ->
          "SELECT x.id, c.label FROM (SELECT id, user_id FROM orders WHERE user_id = "
              + key()
              + ") x LEFT JOIN city c ON c.city_id = x.user_id";
      case 23 ->
          "SELECT user_id % 3 AS r, "
              + aggregate()
              + " AS x FROM orders WHERE "
              + where("")
              + " GROUP BY user_id % 3 ORDER BY r"
              + direction()
              + limit();
      case 24 ->
          "SELECT MIN(id), COUNT(*) AS n FROM orders WHERE "
              + where("")
              + " GROUP BY note HAVING COUNT(*) >= "
              + random.nextInt(4)
              + " AND n < 9";
      case 25 -> "SELECT " + aggregate() + " FROM orders WHERE user_id = 77 AND " + where("");
      case 26 ->
          "SELECT id FROM orders WHERE "
              + where("")
              + " ORDER BY amount"
              + direction()
              + ", rate"
              + direction()
              + ", stamp, id, user_id"
              + limit();
      case 27 ->
          "WITH w AS (SELECT * FROM orders WHERE user_id = "
              + key()
              + ") SELECT w.id, c.label FROM w"
              + " JOIN city c ON c.city_id < w.id ORDER BY w.id, c.label"
              + limit();
      case 28 ->
          "SELECT c.label, o.id FROM city c LEFT JOIN orders o ON o.id = c.city_id AND o.user_id = "
              + key();
      default ->
          "SELECT id FROM orders WHERE "
              + where("")
              + " UNION SELECT item_id FROM items WHERE "
              + where("");
    };
  }

  private String pair() {
    return "(" + random.nextInt(7) + "," + random.nextInt(5) + "," + number(9) + ")";
  }

  private String write() {
    return switch (random.nextInt(39)) {
      case 35 -> "REPLACE INTO pair (a, b, v) VALUES " + pair() + ", " + pair() + ", " + pair();
      case 36 ->
          "INSERT INTO pair (a, b, v) VALUES "
              + pair()
              + ", "
              + pair()
              + " ON DUPLICATE KEY UPDATE v = v + VALUES(v), note = CONCAT(note, '+')";
      case 37 -> "INSERT IGNORE INTO pair (a, b, v) VALUES " + pair() + ", " + pair();
      case 38 ->
          random.nextBoolean()
              ? "REPLACE INTO pair SET a = " + random.nextInt(6) + ", b = 1, v = 3, note = 'set'"
              : "REPLACE INTO pair (a, b, v) SELECT a, b + 10, v FROM pair WHERE b < 10 AND a = "
                  + random.nextInt(5);
      case 29 ->
          "UPDATE orders SET amount = amount + 1, note = "
              + text()
              + " WHERE "
              + where("")
              + " ORDER BY id"
              + direction()
              + ", user_id LIMIT "
              + random.nextInt(9);
      case 30 ->
          "DELETE FROM items WHERE "
              + where("items.")
              + " ORDER BY qty"
              + direction()
              + ", item_id, user_id LIMIT "
              + random.nextInt(9);
      case 31 ->
          "UPDATE ticket SET price = price + 1 WHERE buyer "
              + (random.nextBoolean() ? "= " : "<> ")
              + key()
              + " ORDER BY id"
              + direction()
              + " LIMIT "
              + random.nextInt(9);
      case 32 ->
          "DELETE FROM ticket WHERE price > 3 ORDER BY seller, id LIMIT " + random.nextInt(4);
      case 33 ->
          "UPDATE orders SET user_id = "
              + key()
              + " WHERE "
              + where("")
              + " AND id < 30 ORDER BY id, user_id"
              + direction()
              + " LIMIT "
              + random.nextInt(4);
      case 34 ->
          random.nextBoolean()
              ? "DELETE FROM city WHERE city_id > 2 ORDER BY city_id" + direction() + " LIMIT 1"
              : "DELETE FROM person WHERE " + named() + " ORDER BY age, name LIMIT 2";
      case 28 ->
          "INSERT INTO items (item_id, order_id, user_id, qty) SELECT i.item_id + "
              + random.nextInt(2) * 5000
              + ", i.order_id, i.user_id, 3 FROM items i WHERE "
              + where("i.")
              + " ON DUPLICATE KEY UPDATE qty = VALUES(qty) + 1";
      case 21 ->
          "DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE "
              + where("")
              + " AND amount < "
              + number(50)
              + ")";
      case 22 ->
          "UPDATE orders SET amount = (SELECT MAX(qty) FROM items WHERE "
              + where("")
              + ") WHERE "
              + where("");
      case 23 ->
          "INSERT INTO items SELECT id + "
              + 1000 * random.nextInt(50)
              + ", id, user_id, 1 FROM orders WHERE "
              + where("");
      case 24 ->
          "INSERT IGNORE INTO orders SELECT id, user_id + "
              + random.nextInt(3)
              + ", amount, note, day, rate, stamp FROM orders WHERE id > 100 OR "
              + where("")
              + " ORDER BY id, user_id";
      case 25 ->
          "REPLACE INTO items (item_id, order_id, user_id, qty) SELECT item_id, order_id + 1,"
              + " user_id, qty FROM items WHERE "
              + where("");
      case 26 ->
          "INSERT IGNORE INTO city (city_id, label) SELECT id, CONCAT('d', id) FROM orders WHERE id"
              + " < 9";
      case 27 ->
          "INSERT INTO visit (id, day, who) SELECT id + 2000, day, note FROM orders WHERE day IS"
              + " NOT NULL AND "
              + where("");
      case 13 -> "UPDATE orders SET user_id = " + key() + " WHERE id = " + random.nextInt(ROWS);
      case 14 ->
          "UPDATE orders SET user_id = "
              + key()
              + ", amount = amount + user_id WHERE "
              + where("")
              + " AND id < "
              + random.nextInt(ROWS);
      case 15 ->
          "UPDATE orders SET user_id = user_id + "
              + random.nextInt(3)
              + ", note = CONCAT(note, user_id) WHERE id BETWEEN "
              + random.nextInt(ROWS)
              + " AND "
              + random.nextInt(ROWS);
      case 16 -> "UPDATE ticket SET seller = " + key() + " WHERE buyer = " + key();
      case 17 ->
          "UPDATE ticket SET buyer = seller, seller = "
              + key()
              + ", price = price + 1 WHERE id > "
              + random.nextInt(ROWS)
              + " AND price > 3";
      case 18 ->
          random.nextBoolean()
              ? "UPDATE person SET name = CONCAT(name, 'x') WHERE name = " + newName()
              : "UPDATE person SET age = age + 1, name = " + newName() + " WHERE " + named();
      case 19 ->
          "UPDATE visit SET day = "
              + (random.nextBoolean() ? day() : "day + INTERVAL 1 DAY")
              + " WHERE "
              + dated()
              + " AND day < '2026-04-01'";
      case 20 ->
          "UPDATE orders SET user_id = "
              + key()
              + " WHERE user_id = "
              + key()
              + " ORDER BY id"
              + direction()
              + " LIMIT "
              + random.nextInt(4);
      case 0 -> "UPDATE orders SET note = " + text() + " WHERE " + where("");
      case 1 -> "UPDATE orders SET amount = amount + 1, rate = rate * 2 WHERE " + where("orders.");
      case 2 -> "DELETE FROM items WHERE " + where("items.") + " AND qty < 1";
      case 3 ->
          "INSERT INTO orders (id, user_id, note) VALUES ("
              + (200 + random.nextInt(9))
              + ", "
              + key()
              + ", "
              + text()
              + "), ("
              + (200 + random.nextInt(9))
              + ", "
              + key()
              + ", 'x')";
      case 4 -> "UPDATE ticket SET price = price + 1 WHERE buyer = " + key();
      case 5 -> "UPDATE ticket SET price = 0 WHERE seller > " + key() + " AND id < 9";
      case 6 -> "DELETE FROM ticket WHERE buyer = " + key() + " AND seller = " + key();
      case 7 -> "INSERT IGNORE INTO person VALUES ('p" + random.nextInt(9) + "', 1), ('a', 5)";
      case 8 -> "UPDATE person SET age = age + 1 WHERE " + named();
      case 9 -> "DELETE FROM visit WHERE " + dated() + " AND id > 5";
      case 10 ->
          "INSERT INTO items VALUES ("
              + (300 + random.nextInt(9))
              + ", 1, "
              + key()
              + ", 2), ("
              + (300 + random.nextInt(9))
              + ", 1, "
              + key()
              + ", 2) ON DUPLICATE KEY UPDATE qty = qty + VALUES(qty)";
      case 11 -> "DELETE items FROM items WHERE qty = " + number(9) + " AND " + where("items.");
      default -> "UPDATE city SET label = CONCAT(label, 'x') WHERE city_id = " + key();
    };
  }
}
