package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.BoundaryType;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Boundary values of every type, copied and by binlog, to both targets: one table with a column of
 * each type. What arrives is compared as the servers themselves print it.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class TypesIT {
  private static final Path DOCS = Path.of("../docs/types.md");
  private static final Pattern ZERO_DATE = Pattern.compile("\\d{4}-(00-\\d\\d|\\d\\d-00)( .*)?");
  private static final Pattern WORD = Pattern.compile("`([^`]*)`");

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private EmbeddedMySql a;
  private List<BoundaryType> types;
  private String from;
  private String mySql;
  private String postgres;

  TypesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    syncs = new SyncHarness(flink, state);
    a = servers.mySqlA();
    types = new ArrayList<>(BoundaryType.of(a));
    types.addAll(BoundaryType.ofAllPlanes());
    types.addAll(BoundaryType.ofAllShapes());
    for (int length : List.of(1, 10, 64)) {
      String ones = "b'" + "1".repeat(length) + "'";
      String shown = "LPAD(BIN(v + 0), %d, '0')".formatted(length);
      types.add(new BoundaryType("BIT(" + length + ")", shown, List.of(ones, "b'1'", "b'0'")));
    }
    from = a.createDatabase("types");
    mySql = servers.mySqlB().createDatabase("types");
    postgres = servers.postgres().createDatabase("types");
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @Test
  void boundaryValuesOfEveryTypeArriveByCopyAndByBinlog() throws Exception {
    int rows = types.stream().mapToInt(type -> type.values().size()).max().orElseThrow();
    try (Connection source = SyncHarness.connect(a, from);
        Connection b = SyncHarness.connect(servers.mySqlB(), mySql);
        Connection pg = SyncHarness.connect(servers.postgres(), postgres)) {
      SyncHarness.run(source, "SET sql_mode = ''", createTable());
      insert(source, 0, rows);
      String toMySql = start(SyncHarness.mySqlCatalog("b", servers.mySqlB()), mySql, "keep");
      String toPostgres =
          start(SyncHarness.postgresCatalog("b", servers.postgres(), postgres), "public", "null");
      syncs.awaitCopied(toMySql);
      syncs.awaitCopied(toPostgres);
      insert(source, 1000, rows);
      // By binlog in updates too: each row gets the values of the next one.
      insert(source, 2000, rows);
      update(source, 2000, rows);
      SyncHarness.run(
          source,
          "UPDATE t SET n = n + 1 WHERE id % 2 = 0",
          "DELETE FROM t WHERE id IN (3, 1003, 2003)",
          "INSERT INTO t (id, n) VALUES (5000, 7)");
      String marks = "SELECT COUNT(*), MAX(id), SUM(n) FROM t";
      for (Connection target : List.of(b, pg)) {
        SyncHarness.awaitEqual(source, marks, target, marks);
      }
      SoftAssertions checks = new SoftAssertions();
      for (int t = 0; t < types.size(); t++) {
        BoundaryType type = types.get(t);
        List<String> expected = column(source, mySqlShown(type), t);
        checks.assertThat(column(b, mySqlShown(type), t)).as(type.definition()).isEqualTo(expected);
        checks
            .assertThat(normal(type, column(pg, postgresShown(type), t)))
            .as(type.definition() + " on PostgreSQL")
            .isEqualTo(normal(type, expected));
      }
      checks.assertAll();
      typesAreAsDocumented(pg);
    }
  }

  private String createTable() {
    StringBuilder columns = new StringBuilder("CREATE TABLE t (id INT PRIMARY KEY, n INT");
    for (int t = 0; t < types.size(); t++) {
      columns.append(", c").append(t).append(' ').append(types.get(t).definition());
    }
    return columns + ") CHARACTER SET utf8mb4";
  }

  private void insert(Connection source, int firstId, int rows) throws SQLException {
    for (int row = 0; row < rows; row++) {
      List<String> values = new ArrayList<>(List.of(String.valueOf(firstId + row), "0"));
      for (BoundaryType type : types) {
        values.add(type.values().get(row % type.values().size()));
      }
      SyncHarness.run(source, "INSERT INTO t VALUES (" + String.join(", ", values) + ")");
    }
  }

  private void update(Connection source, int firstId, int rows) throws SQLException {
    for (int row = 0; row < rows; row++) {
      List<String> values = new ArrayList<>();
      for (int t = 0; t < types.size(); t++) {
        List<String> all = types.get(t).values();
        values.add("c" + t + " = " + all.get((row + 1) % all.size()));
      }
      SyncHarness.run(
          source, "UPDATE t SET " + String.join(", ", values) + " WHERE id = " + (firstId + row));
    }
  }

  private String start(String target, String schema, String zeroDates) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", a)
            + target
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'zero-dates' = '%s');"
                .formatted(from, schema, from + "_" + zeroDates, zeroDates),
        SyncLauncher.Start.CONTINUE);
  }

  private static List<String> column(Connection connection, String shown, int t)
      throws SQLException {
    String expression = shown.replaceAll("\\bv\\b", "c" + t);
    return SyncHarness.rows(connection, "SELECT " + expression + " FROM t ORDER BY id").stream()
        .map(row -> row.get(0))
        .toList();
  }

  private static String mySqlShown(BoundaryType type) {
    return switch (base(type)) {
        // Printed as it is, it has six digits only.
      case "FLOAT" -> "CAST(CAST(v AS DOUBLE) AS CHAR)";
      case "YEAR" -> "v + 0";
      default -> type.shown();
    };
  }

  private static String postgresShown(BoundaryType type) {
    if (type.shown().equals(BoundaryType.RAW)) {
      return "UPPER(ENCODE(v, 'hex'))";
    }
    return switch (base(type)) {
      case "TIMESTAMP" -> "(v AT TIME ZONE 'UTC')::text";
      case "INET4", "INET6" -> "HOST(v)";
      default -> "v::text";
    };
  }

  private static String base(BoundaryType type) {
    return type.definition().split("[ (]", 2)[0];
  }

  /** Where the servers print one value in two ways. */
  private static List<String> normal(BoundaryType type, List<String> values) {
    List<String> normal = new ArrayList<>();
    for (String value : values) {
      normal.add(value == null || ZERO_DATE.matcher(value).matches() ? null : normal(type, value));
    }
    return normal;
  }

  private static String normal(BoundaryType type, String value) {
    return switch (base(type)) {
      case "FLOAT" -> String.valueOf(Float.parseFloat(value));
      case "DOUBLE" -> String.valueOf(Double.parseDouble(value));
      case "TIME", "DATETIME", "TIMESTAMP" ->
          value.contains(".") ? value.replaceFirst("\\.?0*$", "") : value;
      case "JSON" -> json(value);
      default -> value;
    };
  }

  private static String json(String text) {
    try {
      return normal(new ObjectMapper().readTree(text));
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private static String normal(JsonNode node) {
    if (node.isNumber()) {
      BigDecimal number = new BigDecimal(node.asText());
      return number.stripTrailingZeros().toPlainString();
    }
    if (node.isArray()) {
      List<String> items = new ArrayList<>();
      node.forEach(item -> items.add(normal(item)));
      return items.toString();
    }
    if (node.isObject()) {
      List<String> fields = new ArrayList<>();
      node.fields().forEachRemaining(f -> fields.add(f.getKey() + "=" + normal(f.getValue())));
      return fields.stream().sorted().toList().toString();
    }
    return node.toString();
  }

  /** The mapping table of docs/types.md is what was created. */
  private void typesAreAsDocumented(Connection pg) throws SQLException, IOException {
    List<List<String>> columns =
        SyncHarness.rows(
            pg,
            "SELECT attname, FORMAT_TYPE(atttypid, atttypmod) FROM pg_attribute"
                + " WHERE attrelid = 't'::regclass AND attnum > 0 AND attname LIKE 'c%' ORDER BY attnum");
    assertThat(columns).hasSize(types.size());
    SoftAssertions checks = new SoftAssertions();
    for (int t = 0; t < types.size(); t++) {
      String created =
          columns
              .get(t)
              .get(1)
              .replace("character varying", "varchar")
              .replaceAll("timestamp(\\(\\d\\)) with time zone", "timestamptz$1")
              .replace(" without time zone", "");
      checks
          .assertThat(created)
          .as(types.get(t).definition())
          .isEqualTo(documented(types.get(t).definition().toLowerCase(Locale.ROOT)));
    }
    checks.assertAll();
  }

  private static String documented(String definition) throws IOException {
    String base = definition.split("[ (]", 2)[0];
    String named =
        switch (base) {
          case "text", "mediumtext", "longtext" -> "tinytext";
          case "blob", "mediumblob", "longblob" -> "tinyblob";
          case "linestring", "polygon", "multipoint", "multilinestring", "multipolygon" -> "point";
          case "geometrycollection" -> "point";
          default -> base;
        };
    boolean unsigned = definition.contains("unsigned");
    for (String line : Files.readAllLines(DOCS)) {
      String[] cells = line.split("\\|", -1);
      if (cells.length < 5) {
        continue;
      }
      List<String> sources = words(cells[1]);
      boolean here = sources.stream().anyMatch(s -> s.split("[ (]", 2)[0].equals(named));
      boolean alone = sources.contains(named + " unsigned");
      boolean both = sources.contains("unsigned");
      if (here && (both || alone == (unsigned && named.equals("bigint")))) {
        List<String> targets = words(cells[3]);
        return filled(targets.get(both && unsigned ? targets.size() - 1 : 0), definition);
      }
    }
    throw new AssertionError(DOCS + " has no row for " + definition);
  }

  private static List<String> words(String cell) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(cell);
    while (word.find()) {
      words.add(word.group(1));
    }
    return words;
  }

  /** {@code numeric(p,s)} with the numbers of the definition. */
  private static String filled(String documented, String definition) {
    if (!documented.matches(".*\\([a-z,]+\\)")) {
      return documented;
    }
    Matcher given = Pattern.compile("^\\w+\\((\\d+)(?:,(\\d+))?\\)").matcher(definition);
    boolean has = given.find();
    return documented
        .replaceFirst("\\((n|p|f)\\b", "(" + (has ? given.group(1) : "0"))
        .replaceFirst("\\bs\\)", (has && given.group(2) != null ? given.group(2) : "0") + ")");
  }

  /** What the policies for zero dates leave to refuse is refused, with its row and its place. */
  @Test
  void zeroDatesAreBadRowsUnlessThePolicySaysOtherwise() throws Exception {
    try (Connection source = SyncHarness.connect(a, from)) {
      SyncHarness.run(
          source,
          "SET sql_mode = ''",
          "CREATE TABLE z (id INT PRIMARY KEY, d DATE)",
          "INSERT INTO z VALUES (1, '2024-05-06')");
      String sync = start(SyncHarness.mySqlCatalog("b", servers.mySqlB()), mySql, "error");
      syncs.awaitCopied(sync);
      SyncHarness.run(source, "INSERT INTO z VALUES (2, '2024-00-15')");
      SyncStatus failed =
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> syncs.control().status(sync), s -> s.state().equals("FAILED"));
      assertThat(failed.failure())
          .contains("PI-3005", ".z, key (id=2), column d", "2024-00-15", "zero-dates", "remedy");
      try (Connection b = SyncHarness.connect(servers.mySqlB(), mySql)) {
        assertThat(SyncHarness.rows(b, "SELECT id FROM z")).containsExactly(List.of("1"));
      }
    }
  }

  /** Types that nothing could hold are refused at the start, before anything is made. */
  @Test
  @Tag("mysql-chaos")
  void unknownTypesAreRefused() throws Exception {
    try (Connection source = SyncHarness.connect(a, from)) {
      try {
        SyncHarness.run(source, "CREATE TABLE v (id INT PRIMARY KEY, e VECTOR(3) NOT NULL)");
      } catch (SQLException e) {
        // "Unknown data type" of MariaDB, a syntax error of MySQL.
        assertThat(e.getErrorCode()).isIn(4161, 1064);
        assumeTrue(false, "MariaDB before 11.7 and MySQL before 9 have no type that is not known");
      }
      assertThat(
              catchThrowable(
                  () -> start(SyncHarness.mySqlCatalog("b", servers.mySqlB()), mySql, "error")))
          .hasMessageContaining("PI-2008")
          .hasMessageContaining(from + ".v")
          .hasMessageContaining("vector");
    }
  }
}
