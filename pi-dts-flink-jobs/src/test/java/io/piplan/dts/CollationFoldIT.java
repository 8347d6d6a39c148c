package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a server's collations hold equal, character by character, beside {@link CollationFold}. */
@ExtendWith(ServersExtension.class)
class CollationFoldIT {
  private static final int PER_INSERT = 2_000;

  /** The coarsest of each family, as far as the server has them. */
  private static final List<String> COLLATIONS =
      List.of(
          "utf8mb4_general_ci",
          "utf8mb4_unicode_ci",
          "utf8mb4_unicode_520_ci",
          "utf8mb4_0900_ai_ci",
          "utf8mb4_uca1400_ai_ci");

  @Test
  void whatTheServerHoldsEqualIsFoldedAlike(Servers servers) throws Exception {
    EmbeddedMySql server = servers.mySqlA();
    String database = server.createDatabase("fold");
    int compared = 0;
    try (Connection connection = server.connect(database)) {
      insert(connection, texts());
      SoftAssertions checks = new SoftAssertions();
      for (String collation : COLLATIONS) {
        compared += compare(connection, collation, checks) ? 1 : 0;
      }
      checks.assertAll();
    }
    assertThat(compared).as("collations the server knows").isGreaterThanOrEqualTo(4);
  }

  private static List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (int c = 1; c <= 0x1FFFF; c++) {
      boolean inSurrogates = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      // Beyond the basic plane a sample will do: they are all folded to one.
      if (!inSurrogates && (c <= Character.MAX_VALUE || c % 61 == 0)) {
        texts.add(Character.toString(c));
      }
    }
    // What single letters are held equal to.
    for (char a = 'a'; a <= 'z'; a++) {
      for (char b = 'a'; b <= 'z'; b++) {
        texts.add("" + a + b);
      }
    }
    return texts;
  }

  private static void insert(Connection connection, List<String> texts) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (s VARCHAR(4) CHARACTER SET utf8mb4)");
    }
    connection.setAutoCommit(false);
    for (int from = 0; from < texts.size(); from += PER_INSERT) {
      List<String> some = texts.subList(from, Math.min(texts.size(), from + PER_INSERT));
      String sql = "INSERT INTO t VALUES (?)" + ", (?)".repeat(some.size() - 1);
      try (PreparedStatement insert = connection.prepareStatement(sql)) {
        for (int i = 0; i < some.size(); i++) {
          insert.setString(i + 1, some.get(i));
        }
        insert.executeUpdate();
      }
    }
    connection.commit();
  }

  /** Returns false if the server doesn't know the collation. */
  private static boolean compare(Connection connection, String collation, SoftAssertions checks)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (!isKnown(statement, collation)) {
        return false;
      }
      Map<String, String> firstOf = new HashMap<>();
      List<String> wrong = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT s, HEX(WEIGHT_STRING(s COLLATE " + collation + ")) FROM t")) {
        while (rows.next()) {
          String text = rows.getString(1);
          String first = firstOf.putIfAbsent(rows.getString(2), text);
          if (first != null && !fold(collation, first).equals(fold(collation, text))) {
            wrong.add(name(first) + " = " + name(text));
          }
        }
      }
      assertThat(firstOf).as("weights of " + collation).hasSizeGreaterThan(10_000);
      checks.assertThat(wrong).as(collation).isEmpty();
      return true;
    }
  }

  private static boolean isKnown(Statement statement, String collation) {
    try {
      statement.executeQuery("SELECT _utf8mb4'a' COLLATE " + collation).close();
      return true;
    } catch (SQLException e) {
      assertThat(e.getMessage()).contains(collation);
      return false;
    }
  }

  private static String name(String text) {
    StringBuilder name = new StringBuilder(text);
    text.codePoints().forEach(c -> name.append(" U+").append(Integer.toHexString(c)));
    return name.toString();
  }

  private static String fold(String collation, String text) {
    return CollationFold.fold(collation, text.getBytes(StandardCharsets.UTF_8));
  }
}
