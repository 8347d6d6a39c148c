package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.sf.jsqlparser.JSQLParserException;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Values;
import net.sf.jsqlparser.util.TablesNamesFinder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Our reader and JSqlParser agree on what the golden statements name, where both can read them. */
class SecondOpinionTest {
  private static final Path CASES = Path.of("src/test/resources/plans");

  /**
   * JSqlParser takes a table inside of WITH for the name that is defined there, and looks at no
   * subquery within JSON_OBJECT.
   */
  private static final Set<String> MISREAD =
      Set.of(
          "WITH orders AS (SELECT * FROM orders WHERE user_id = 4) SELECT * FROM orders",
          "SELECT JSON_OBJECT('j', (SELECT j FROM measure WHERE id = 1)) FROM city");

  @Test
  void ourReaderAndJSqlParserNameTheSame() throws IOException {
    int agreed = 0;
    List<String> different = new ArrayList<>();
    for (String sql : statements()) {
      Statement ours;
      net.sf.jsqlparser.statement.Statement theirs;
      try {
        ours = StatementReader.read(sql);
        theirs = CCJSqlParserUtil.parse(sql);
      } catch (DalException | JSQLParserException e) {
        continue;
      }
      List<String> mine = ours(ours);
      if (mine.isEmpty() || MISREAD.contains(sql)) {
        continue;
      }
      List<String> other = theirs(theirs);
      agreed++;
      if (!mine.equals(other)) {
        different.add(sql + "\n  ours       " + mine + "\n  JSqlParser " + other);
      }
    }
    assertThat(different).isEmpty();
    assertThat(agreed).as("statements that both can read").isGreaterThan(150);
  }

  /** Ordinary MySQL that our reader takes and JSqlParser doesn't: why it decides about no shard. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM t WHERE a MOD 3 = 1",
        "SELECT * FROM t WHERE BINARY s = 'a'",
        "SELECT * FROM t WHERE k = 5 IN (1)",
        "SELECT * FROM t WHERE s = \"a\\\"b\"",
      })
  void whatJSqlParserRefuses(String sql) {
    assertThat(StatementReader.read(sql)).isInstanceOf(Statement.Query.class);
    assertThatThrownBy(() -> CCJSqlParserUtil.parse(sql)).isInstanceOf(JSQLParserException.class);
  }

  private static List<String> statements() throws IOException {
    List<String> all = new ArrayList<>();
    for (String file : List.of("one-node", "scatter", "writes", "refused")) {
      List<Map<String, Object>> cases =
          new Yaml().load(Files.readString(CASES.resolve(file + ".json")));
      cases.forEach(one -> all.add((String) one.get("sql")));
    }
    return all;
  }

  private static List<String> ours(Statement statement) {
    if (statement instanceof Statement.Query query) {
      List<String> facts = facts(names(query.blocks()));
      SelectShape shape = query.shape();
      if (shape != null && shape.unmergeable() == null) {
        facts.add("items " + shape.items().size() + (shape.distinct() ? " distinct" : ""));
        facts.add("group by " + shape.groupBy().size());
        facts.add("order by " + shape.orderBy().size());
        facts.add("limit " + shape.limit() + " offset " + shape.offset());
        facts.add("having " + (shape.having() != null));
      }
      return facts;
    }
    if (statement instanceof Statement.Insert insert) {
      Set<String> names = names(insert.source());
      names.add(lower(insert.table().name()));
      List<String> facts = facts(names);
      if (insert.replace()) {
        return facts;
      }
      facts.add("columns " + insert.columns().size());
      facts.add("rows " + insert.rows().size());
      return facts;
    }
    if (statement instanceof Statement.Change change) {
      return facts(names(change.blocks()));
    }
    return List.of();
  }

  private static Set<String> names(List<Block> blocks) {
    Set<String> names = new TreeSet<>();
    blocks.forEach(block -> block.tables().forEach(table -> names.add(lower(table.name()))));
    return names;
  }

  private static List<String> facts(Collection<String> names) {
    return new ArrayList<>(List.of("tables " + names));
  }

  private static List<String> theirs(net.sf.jsqlparser.statement.Statement statement) {
    Set<String> names = new TreeSet<>();
    for (String name : new TablesNamesFinder<Void>().getTables(statement)) {
      String plain = name.substring(name.lastIndexOf('.') + 1).replace("`", "");
      names.add(lower(plain));
    }
    names.remove("dual");
    List<String> facts = facts(names);
    if (statement instanceof PlainSelect select && isMergeable(select)) {
      facts.add(
          "items "
              + select.getSelectItems().size()
              + (select.getDistinct() == null ? "" : " distinct"));
      facts.add(
          "group by "
              + (select.getGroupBy() == null
                  ? 0
                  : select.getGroupBy().getGroupByExpressionList().size()));
      facts.add(
          "order by "
              + (select.getOrderByElements() == null ? 0 : select.getOrderByElements().size()));
      facts.add("limit " + limit(select) + " offset " + offset(select));
      facts.add("having " + (select.getHaving() != null));
    } else if (statement instanceof Insert insert) {
      facts.add("columns " + columns(insert));
      facts.add("rows " + rows(insert));
    }
    return facts;
  }

  private static boolean isMergeable(PlainSelect select) {
    Statement.Query ours = (Statement.Query) StatementReader.read(select.toString());
    return ours.shape() != null && ours.shape().unmergeable() == null;
  }

  private static long limit(PlainSelect select) {
    return select.getLimit() == null ? -1 : Long.parseLong(select.getLimit().getRowCount() + "");
  }

  private static long offset(PlainSelect select) {
    if (select.getOffset() != null) {
      return Long.parseLong(select.getOffset().getOffset() + "");
    }
    return select.getLimit() == null || select.getLimit().getOffset() == null
        ? 0
        : Long.parseLong(select.getLimit().getOffset() + "");
  }

  private static int columns(Insert insert) {
    if (insert.getSetUpdateSets() != null) {
      return insert.getSetUpdateSets().size();
    }
    return insert.getColumns() == null ? 0 : insert.getColumns().size();
  }

  private static int rows(Insert insert) {
    if (insert.getSetUpdateSets() != null) {
      return 1;
    }
    if (!(insert.getSelect() instanceof Values values)) {
      return 0;
    }
    ExpressionList<?> list = values.getExpressions();
    return !list.isEmpty() && list.get(0) instanceof ParenthesedExpressionList ? list.size() : 1;
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
