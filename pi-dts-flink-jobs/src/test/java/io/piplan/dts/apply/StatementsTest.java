package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;

/** Statements, literals and steps, without a server. */
class StatementsTest {
  private static final MappedColumn TEXT = mapped("t", ColumnType.TEXT, "text");
  private static final MappedColumn NUMBER = mapped("n", ColumnType.DECIMAL, "numeric");

  private static MappedColumn mapped(String name, ColumnType type, String target) {
    return new MappedColumn(0, Column.of(name, type, "x", true), name, target);
  }

  /** Reads a literal as the server's scanner does. */
  private static byte[] scan(byte[] literal, boolean backslashes) {
    SqlBuffer out = new SqlBuffer(16);
    assertThat(literal[0]).isEqualTo((byte) '\'');
    int i = 1;
    while (true) {
      byte b = literal[i++];
      if (b == '\'') {
        if (i == literal.length) {
          return out.toBytes();
        }
        assertThat(literal[i++]).isEqualTo((byte) '\'');
        out.put('\'');
      } else if (b == '\\' && backslashes) {
        byte next = literal[i++];
        out.put(next == '0' ? 0 : next);
      } else {
        out.put(b);
      }
    }
  }

  @Property
  void mySqlTextLiteralsReadBackTheSame(@ForAll byte[] bytes) {
    SqlBuffer out = new SqlBuffer(1);
    new MySqlDialect().literal(out, TEXT, bytes, false);
    assertThat(scan(out.toBytes(), true)).isEqualTo(bytes);
  }

  @Property
  void mySqlTextLiteralsOfSpecialCharacters(
      @ForAll @Size(max = 30) List<@IntRange(max = 7) Integer> picks) {
    byte[] special = {'\'', '\\', 0, 26, '\n', '"', 'x', (byte) 0xf0};
    byte[] bytes = new byte[picks.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = special[picks.get(i)];
    }
    mySqlTextLiteralsReadBackTheSame(bytes);
  }

  @Property
  void postgresTextLiteralsReadBackTheSame(@ForAll String text) {
    byte[] utf8 = text.replace("\0", "'").getBytes(StandardCharsets.UTF_8);
    SqlBuffer out = new SqlBuffer(1);
    new PostgresDialect().literal(out, TEXT, utf8, false);
    assertThat(scan(out.toBytes(), false)).isEqualTo(utf8);
  }

  @Property
  void postgresArrayElementsReadBackTheSame(
      @ForAll @Size(max = 30) List<@IntRange(max = 5) Integer> picks) {
    byte[] special = {'\'', '\\', '"', ',', '}', 'x'};
    byte[] bytes = new byte[picks.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = special[picks.get(i)];
    }
    SqlBuffer out = new SqlBuffer(1).put('\'');
    PostgresArrays.element(out, bytes);
    byte[] element = scan(out.put('\'').toBytes(), false);
    SqlBuffer read = new SqlBuffer(1);
    for (int i = 1; i < element.length - 1; i++) {
      assertThat(element[i]).isNotEqualTo((byte) '"');
      read.put(element[i] == '\\' ? element[++i] : element[i]);
    }
    assertThat(read.toBytes()).isEqualTo(bytes);
  }

  @Property
  void loadedFieldsReadBackTheSame(@ForAll byte[] bytes) {
    SqlBuffer out = new SqlBuffer(1);
    MySqlBulkLoad.escape(out, bytes, 0, bytes.length);
    SqlBuffer read = new SqlBuffer(1);
    byte[] field = out.toBytes();
    for (int i = 0; i < field.length; i++) {
      assertThat(field[i]).isNotIn((byte) '\t', (byte) '\n');
      if (field[i] != '\\') {
        read.put(field[i]);
        continue;
      }
      byte next = field[++i];
      read.put(next == 't' ? '\t' : next == 'n' ? '\n' : next == '0' ? 0 : next);
    }
    assertThat(read.toBytes()).isEqualTo(bytes);
  }

  @Property
  void numericsReadBackTheSame(@ForAll @Scale(30) BigDecimal number) {
    byte[] text = number.toPlainString().getBytes(StandardCharsets.US_ASCII);
    SqlBuffer out = new SqlBuffer(1);
    PostgresNumeric.encode(out, NUMBER, text);
    ByteBuffer read = ByteBuffer.wrap(out.toBytes());
    int count = read.getShort();
    int weight = read.getShort();
    boolean negative = read.getShort() == 0x4000;
    int scale = read.getShort();
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < count; i++) {
      int exponent = 4 * (weight - i);
      sum = sum.add(new BigDecimal(BigInteger.valueOf(read.getShort()), -exponent));
    }
    assertThat(read.hasRemaining()).isFalse();
    assertThat(scale).isEqualTo(Math.max(0, number.scale()));
    assertThat(negative ? sum.negate() : sum).isEqualByComparingTo(number);
  }

  /** Steps applied to a model give what the changes give, with no key's changes out of order. */
  @Property
  void stepsKeepTheOrderOfEachKey(
      @ForAll @Size(max = 60) List<@IntRange(max = 19) Integer> picks, @ForAll boolean unique) {
    TableMapping mapping = mapping(unique);
    MySqlDialect dialect = new MySqlDialect();
    AppliedTable table = new AppliedTable(mapping, new TableSql(dialect, mapping, true), "PRIMARY");
    List<ChangeEvent> changes = new ArrayList<>();
    for (int i = 0; i < picks.size(); i++) {
      changes.add(change(mapping, picks.get(i), i));
    }
    List<ChangeEvent> planned = new ArrayList<>();
    for (Step step :
        new BatchPlanner(Map.of(mapping.source().id(), table), unique, change -> false)
            .plan(changes)) {
      planned.addAll(step.changes());
      if (step.kind() == Step.Kind.UPSERT) {
        assertThat(step.changes().stream().map(c -> RowKey.of(mapping, c.after())))
            .doesNotHaveDuplicates();
      }
    }
    assertThat(planned).containsExactlyInAnyOrderElementsOf(changes);
    if (unique) {
      assertThat(planned).isEqualTo(changes);
    }
    Map<String, Lsn> last = new HashMap<>();
    for (ChangeEvent change : planned) {
      for (Row row : new Row[] {change.before(), change.after()}) {
        if (row != null) {
          Lsn before = last.put(RowKey.of(mapping, row).folded(), change.lsn());
          assertThat(before == null || before.isAtOrBefore(change.lsn())).isTrue();
        }
      }
    }
  }

  private static TableMapping mapping(boolean unique) {
    TableSchema source =
        new TableSchema(
            new TableId("s", "t"),
            List.of(Column.of("k", ColumnType.VARCHAR, "varchar(9)", false)),
            List.of("k"),
            List.of(),
            List.of(),
            "");
    MappedColumn key = new MappedColumn(0, source.columns().get(0), "k", "varchar");
    return new TableMapping(source, "s", "t", List.of(key), List.of(key), unique);
  }

  private static ChangeEvent change(TableMapping mapping, int pick, int place) {
    String[] keys = {"a", "A", "b", "c", "é"};
    String key = keys[pick % 5];
    Op op = pick / 5 == 0 ? Op.INSERT : pick / 5 == 1 ? Op.DELETE : Op.UPDATE;
    String before = pick / 5 == 3 ? keys[(pick + 1) % 5] : key;
    Lsn lsn = new Lsn("binlog.000001", place + 1, 1, 1);
    return new ChangeEvent(
        mapping.source().id(),
        0,
        op,
        op == Op.INSERT ? null : Row.of(before),
        op == Op.DELETE ? null : Row.of(key),
        lsn,
        Lsn.START,
        0);
  }
}
