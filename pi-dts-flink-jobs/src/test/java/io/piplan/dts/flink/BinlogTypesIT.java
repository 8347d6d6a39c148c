package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.BoundaryType;
import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Row;
import io.piplan.dts.StartPosition;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Boundary values of every column type through the binlog, beside what SELECT prints. */
@ExtendWith(ServersExtension.class)
class BinlogTypesIT {
  private static final String EXACT = "CAST(CAST(v AS DOUBLE) AS CHAR)";

  @Test
  void everyTypeComesThroughAsTheServerPrintsIt(Servers servers) throws Exception {
    EmbeddedMySql source = servers.mySqlA();
    String schema = source.createDatabase("types");
    List<BoundaryType> types = BoundaryType.of(source);
    StartPosition begin = BinlogTap.now(source);
    try (BinlogTap tap = BinlogTap.from(source, schema, begin)) {
      List<String> statements = new ArrayList<>(List.of("SET SESSION sql_mode=''"));
      for (int t = 0; t < types.size(); t++) {
        String table = schema + ".t" + t;
        statements.add(
            "CREATE TABLE "
                + table
                + " (id INT PRIMARY KEY, v "
                + types.get(t).definition()
                + ") CHARACTER SET utf8mb4");
        int id = 0;
        for (String value : types.get(t).values()) {
          statements.add("INSERT INTO " + table + " VALUES (" + id++ + ", " + value + ")");
        }
        statements.add("INSERT INTO " + table + " VALUES (" + id + ", NULL)");
      }
      BinlogTap.run(source, statements.toArray(String[]::new));
      List<ChangeEvent> changes = tap.changesUntil(BinlogTap.end(source));
      // Whoever only looks for a place sees the same rows at the same places, whatever is in them.
      try (BinlogTap counting = BinlogTap.counting(source, schema, begin)) {
        assertThat(counting.changesUntil(BinlogTap.end(source)))
            .extracting(ChangeEvent::lsn)
            .isEqualTo(changes.stream().map(ChangeEvent::lsn).toList());
      }
      SoftAssertions checks = new SoftAssertions();
      for (int t = 0; t < types.size(); t++) {
        compare(source, schema, t, types.get(t), changes, checks);
      }
      checks.assertAll();
    }
  }

  private static void compare(
      EmbeddedMySql source,
      String schema,
      int t,
      BoundaryType type,
      List<ChangeEvent> changes,
      SoftAssertions checks)
      throws Exception {
    List<String> shown =
        BinlogTap.query(
                source, "SELECT " + type.shown() + " FROM " + schema + ".t" + t + " ORDER BY id")
            .stream()
            .map(row -> row.get(0))
            .toList();
    List<String> decoded =
        changes.stream()
            .filter(change -> change.table().table().equals("t" + t))
            .map(change -> text(type, change.after()))
            .toList();
    if (type.definition().equals("FLOAT")) {
      // The server prints six digits; the binlog has all of them.
      checks
          .assertThat(floats(decoded))
          .as(type.definition())
          .isEqualTo(floats(exact(source, schema, t)));
    } else {
      checks.assertThat(decoded).as(type.definition()).isEqualTo(shown);
    }
  }

  private static List<String> exact(EmbeddedMySql source, String schema, int t) throws Exception {
    return BinlogTap.query(
            source, "SELECT " + EXACT + " FROM " + schema + ".t" + t + " ORDER BY id")
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  private static List<Float> floats(List<String> texts) {
    List<Float> floats = new ArrayList<>();
    texts.forEach(text -> floats.add(text == null ? null : Float.valueOf(text)));
    return floats;
  }

  private static String text(BoundaryType type, Row row) {
    if (row.value(1) == null || !type.shown().equals(BoundaryType.RAW)) {
      return row.text(1);
    }
    return HexFormat.of().formatHex(row.value(1)).toUpperCase(Locale.ROOT);
  }

  @Test
  void bitsGeneratedAndInvisibleColumns(Servers servers) throws Exception {
    EmbeddedMySql source = servers.mySqlA();
    String schema = source.createDatabase("columns");
    try (BinlogTap tap = BinlogTap.from(source, schema, BinlogTap.now(source))) {
      BinlogTap.run(
          source,
          "CREATE TABLE "
              + schema
              + ".t (id INT PRIMARY KEY, b1 BIT(1), b10 BIT(10), b64 BIT(64),"
              + " a INT, s INT GENERATED ALWAYS AS (a * 2) STORED, g INT GENERATED ALWAYS AS (a + 1) VIRTUAL,"
              + " i INT INVISIBLE DEFAULT 7, z INT)",
          "INSERT INTO "
              + schema
              + ".t (id, b1, b10, b64, a, z) VALUES (1, b'1', b'1000000011', b'"
              + "1".repeat(64)
              + "', 20, 3)",
          "UPDATE " + schema + ".t SET a = 30",
          "DELETE FROM " + schema + ".t");
      List<ChangeEvent> changes = tap.changesUntil(BinlogTap.end(source));
      assertThat(changes).hasSize(3);
      Row inserted = changes.get(0).after();
      assertThat(inserted.value(1)).containsExactly(1);
      assertThat(inserted.value(2)).containsExactly(2, 3);
      assertThat(inserted.value(3)).containsOnly(-1).hasSize(8);
      assertThat(List.of(inserted.text(4), inserted.text(5), inserted.text(7), inserted.text(8)))
          .containsExactly("20", "40", "7", "3");
      assertThat(inserted.text(6)).isEqualTo("21");
      assertThat(changes.get(1).after().text(6)).isEqualTo("31");
      assertThat(changes.get(1).before()).isEqualTo(inserted);
      assertThat(changes.get(2).before()).isEqualTo(changes.get(1).after());
    }
  }
}
