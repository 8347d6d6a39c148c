package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.sql.StatementReader;
import io.piplan.meta.RowVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.yaml.snakeyaml.Yaml;

/**
 * Golden cases: statement → plan, or refusal. A file whose plans have changed is written anew to
 * target/plans, to be looked through and copied.
 */
class PlannerTest {
  private static final Path CASES = Path.of("src/test/resources/plans");
  private static final Path ACTUAL = Path.of("target/plans");

  private final Planner planner = new Planner(rules(CASES), catalog());
  private final Planner zoned = new Planner(rules(CASES.resolve("zones")), zonedCatalog());

  private static DalRules rules(Path folder) {
    try {
      return RulesDocument.read(folder.resolve("rules.yaml"));
    } catch (RuntimeException e) {
      throw new IllegalStateException("rules.yaml", e);
    }
  }

  /** All but item have versions. */
  private static Catalog zonedCatalog() {
    Map<String, TableShape> shapes = new LinkedHashMap<>();
    shapes.put(
        "orders",
        shape("id bigint", "user_id bigint", "amount decimal", "note varchar ci", "day date"));
    shapes.put("customer", shape("name varchar bin", "age int"));
    shapes.put("event", shape("id bigint auto", "k int", "v varchar ci"));
    shapes.put("city", shape("city_id int", "label varchar ci"));
    shapes.put("setting", shape("k varchar ci", "v varchar ci"));
    shapes.put("ticket", shape("id bigint", "buyer int", "seller int", "price decimal"));
    ColumnShape version =
        new ColumnShape(RowVersion.COLUMN, "bigint", "bigint(20)", null, false, false, true);
    shapes.replaceAll(
        (name, one) ->
            new TableShape(one.columns(), one.uniqueKeys(), one.rowKeys(), List.of(), version));
    shapes.put("item", shape("item_id bigint", "order_id bigint", "user_id bigint", "qty int"));
    return new Catalog(shapes);
  }

  private static Catalog catalog() {
    Map<String, TableShape> shapes = new LinkedHashMap<>();
    shapes.put(
        "orders",
        shape("id bigint", "user_id bigint", "amount decimal", "note varchar ci", "day date"));
    shapes.put("items", shape("item_id bigint", "order_id bigint", "user_id bigint", "qty int"));
    shapes.put("customer", shape("name varchar bin", "age int", "city_id int"));
    shapes.put("visit", shape("day date", "who varchar ci"));
    shapes.put("city", shape("city_id int", "label varchar ci"));
    shapes.put("setting", shape("k varchar ci", "v varchar ci"));
    shapes.put("ticket", shape("id bigint", "buyer int", "seller int", "price decimal"));
    shapes.put(
        "pair",
        new TableShape(shape("a int", "b int", "v int").columns(), List.of(Set.of("a", "b"))));
    shapes.put("event", shape("id bigint auto", "k int", "v varchar ci"));
    shapes.put("part", shape("a int", "b varchar bin", "c int"));
    shapes.put("measure", shape("id int", "k int", "f float", "j longtext bin"));
    return new Catalog(shapes);
  }

  private static TableShape shape(String... columns) {
    List<ColumnShape> shapes = new ArrayList<>();
    for (String column : columns) {
      String[] words = column.split(" ", -1);
      String more = words.length > 2 ? words[2] : "";
      String collation =
          switch (more) {
            case "ci" -> "utf8mb4_general_ci";
            case "bin" -> "utf8mb4_bin";
            default -> null;
          };
      shapes.add(
          new ColumnShape(words[0], words[1], words[1], collation, more.equals("auto"), false));
    }
    return new TableShape(shapes, List.of(Set.of(shapes.get(0).name())));
  }

  @TestFactory
  Stream<DynamicTest> goldenCases() throws IOException {
    try (Stream<Path> files = Files.list(CASES)) {
      return Stream.concat(
          files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream()
              .map(
                  file ->
                      DynamicTest.dynamicTest(
                          file.getFileName().toString(), () -> check(file, planner))),
          Stream.of(
              DynamicTest.dynamicTest(
                  "zones", () -> check(CASES.resolve("zones/cases.json"), zoned))));
    }
  }

  private static void check(Path file, Planner planner) throws IOException {
    List<Map<String, Object>> cases = new Yaml().load(Files.readString(file));
    assertThat(cases).isNotEmpty();
    StringBuilder actual = new StringBuilder("[\n");
    List<String> wrong = new ArrayList<>();
    for (Map<String, Object> one : cases) {
      String sql = (String) one.get("sql");
      List<String> plan = plan(sql, planner);
      if (!plan.equals(one.get("plan"))) {
        wrong.add(sql + "\n  expected " + one.get("plan") + "\n  but was  " + plan);
      }
      actual.append(actual.length() > 2 ? ",\n" : "").append(json(one, sql, plan));
    }
    if (!wrong.isEmpty()) {
      Files.createDirectories(ACTUAL);
      Files.writeString(ACTUAL.resolve(file.getFileName()), actual.append("\n]\n"));
    }
    assertThat(wrong).as("plans that changed; see " + ACTUAL).isEmpty();
  }

  private static String json(Map<String, Object> one, String sql, List<String> plan) {
    StringBuilder text = new StringBuilder("  {");
    if (one.get("comment") != null) {
      text.append("\"comment\": ").append(quoted((String) one.get("comment"))).append(",\n   ");
    }
    text.append("\"sql\": ").append(quoted(sql)).append(",\n   \"plan\": [");
    return text.append(
            String.join(",\n            ", plan.stream().map(PlannerTest::quoted).toList()))
        .append("]}")
        .toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static List<String> plan(String sql, Planner planner) {
    try {
      return planner.plan(StatementReader.read(sql), "shop").accept(new Printer());
    } catch (DalException e) {
      return List.of("unread: " + e.getMessage());
    }
  }

  /** A plan in a line for each part. */
  private static final class Printer implements Plan.Visitor<List<String>> {

    @Override
    public List<String> oneNode(Plan.OneNode plan) {
      return List.of((plan.writes() ? "write " : "one ") + line(plan.sql()));
    }

    @Override
    public List<String> scatter(Plan.Scatter plan) {
      List<String> lines = lines("read ", plan.parts());
      lines.add(merge(plan.merge()) + (plan.locks() ? ", one after the other" : ""));
      return lines;
    }

    @Override
    public List<String> write(Plan.Write plan) {
      List<String> lines = lines("write ", plan.parts());
      lines.add("counted " + plan.counted());
      return lines;
    }

    @Override
    public List<String> ddl(Plan.Ddl plan) {
      return lines("ddl ", plan.parts());
    }

    @Override
    public List<String> move(Plan.Move plan) {
      List<String> lines = new ArrayList<>();
      for (MovedCopy copy : plan.copies()) {
        for (MovedCopy.Part part : copy.parts()) {
          if (part.keys() != null) {
            lines.add("ask " + line(part.keys()));
          }
          lines.add("write " + line(part.update()));
        }
        if (copy.known() == null) {
          lines.add("move by " + copy.strategy().shardingColumns());
        } else if (!copy.known().isEmpty()) {
          lines.add("move to " + copy.shard(copy.known()) + " by " + copy.known());
        }
      }
      return lines;
    }

    @Override
    public List<String> ids(Plan.Ids plan) {
      return List.of(plan.missing().count() + " ids, then " + plan.missing().with(1001).text());
    }

    @Override
    public List<String> versioned(Plan.Versioned plan) {
      List<String> lines = new ArrayList<>(List.of("version of zone " + plan.write().zone()));
      lines.addAll(plan.write().plan(1000).accept(this));
      return lines;
    }

    @Override
    public List<String> nested(Plan.Nested plan) {
      List<String> lines = new ArrayList<>();
      for (Subquery one : plan.subqueries()) {
        one.plan().accept(this).forEach(line -> lines.add(one.kind() + " " + line));
        lines.add(
            "into "
                + one.span().of(plan.statement().text())
                + (one.collation() == null ? "" : " " + one.collation())
                + (one.asColumn() ? " as a column" : "")
                + (one.exact() ? "" : " inexact"));
      }
      return lines;
    }

    @Override
    public List<String> copyRows(Plan.CopyRows plan) {
      List<String> lines = new ArrayList<>(plan.rows().plan().accept(this));
      lines.add("rows into " + plan.rows().insert(List.of("(…)")).text());
      return lines;
    }

    @Override
    public List<String> refused(Plan.Refused plan) {
      return List.of("refused " + plan.error() + ": " + plan.reason());
    }

    private static List<String> lines(String verb, List<NodeSql> parts) {
      List<String> lines = new ArrayList<>();
      parts.forEach(part -> lines.add(verb + line(part)));
      return lines;
    }

    private static String line(NodeSql part) {
      return part.node() + ": " + part.sql();
    }

    private static String merge(MergeSpec merge) {
      StringBuilder text = new StringBuilder("merge hidden ").append(merge.hidden());
      if (merge.group() != null) {
        text.append(merge.group().single() ? " all" : " by ");
        merge.group().keys().forEach(key -> text.append(key(key)));
        merge
            .group()
            .aggregates()
            .forEach(
                one ->
                    text.append(' ')
                        .append(one.function())
                        .append(one.target())
                        .append(" of ")
                        .append(key(one.value()))
                        .append('/')
                        .append(one.count())
                        .append(concat(one.concat())));
        if (!merge.group().rollup().isEmpty()) {
          text.append(" rollup ").append(merge.group().rollup());
        }
        merge
            .group()
            .computed()
            .forEach(
                one -> {
                  text.append(" computes ").append(one.target()).append(':');
                  for (int i = 0; i < one.operands().size(); i++) {
                    text.append(one.texts().get(i))
                        .append('{')
                        .append(one.operands().get(i).column());
                    if (one.operands().get(i).divisor() != one.operands().get(i).column()) {
                      text.append('/').append(one.operands().get(i).divisor());
                    }
                    text.append('}');
                  }
                  text.append(one.texts().get(one.operands().size()));
                });
        merge
            .group()
            .having()
            .forEach(
                one ->
                    text.append(" having ")
                        .append(one.column())
                        .append(one.operator())
                        .append(one.than()));
      }
      merge
          .order()
          .forEach(
              one -> text.append(one.descending() ? " desc " : " asc ").append(key(one.key())));
      return text.append(merge.offset() > 0 ? " offset " + merge.offset() : "")
          .append(merge.limit() >= 0 ? " limit " + merge.limit() : "")
          .toString();
    }

    private static String concat(MergeSpec.Concat concat) {
      if (concat == null) {
        return "";
      }
      StringBuilder text = new StringBuilder(concat.distinct() ? " distinct" : "");
      concat
          .order()
          .forEach(
              one -> text.append(one.descending() ? " desc " : " asc ").append(key(one.key())));
      return text + " '" + concat.separator() + "' most " + concat.most();
    }

    private static String key(MergeSpec.Key key) {
      return "(" + key.column() + "," + key.weight() + ")";
    }
  }
}
