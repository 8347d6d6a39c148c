package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.sql.LoadStatement;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Rows and fields of files; the servers' own cutting is compared with in LoadDataIT of pi-proxy.
 */
class FileCutterTest {
  private static final LoadStatement.Format PLAIN = format("\t", -1, '\\', "\n");
  private static final LoadStatement.Format QUOTED = format(",", '"', '\\', "\r\n");

  private static LoadStatement.Format format(String field, int enclosed, int escape, String line) {
    return new LoadStatement.Format(
        field.getBytes(StandardCharsets.US_ASCII),
        enclosed,
        escape,
        line.getBytes(StandardCharsets.US_ASCII));
  }

  private static FileCutter cutter(String text, LoadStatement.Format format, int fields) {
    boolean[] wanted = new boolean[fields];
    java.util.Arrays.fill(wanted, true);
    InputStream slow =
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
          @Override
          public synchronized int read(byte[] to, int from, int length) {
            // Whatever is cut must not depend on how the bytes come.
            return super.read(to, from, Math.min(length, 3));
          }
        };
    return new FileCutter(slow, format, fields, wanted);
  }

  private static List<List<String>> fields(FileCutter cutter, int fields) {
    List<List<String>> rows = new ArrayList<>();
    while (cutter.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 0; i < fields; i++) {
        Value value = cutter.value(i);
        row.add(value == null ? "none" : value.isNull() ? "NULL" : value.asText());
      }
      rows.add(row);
    }
    return rows;
  }

  @Test
  void plainFields() {
    assertThat(fields(cutter("1\tü\\t\t\\N\n2\t\\\\N\n\n3", PLAIN, 3), 3))
        .containsExactly(
            List.of("1", "ü\t", "NULL"),
            List.of("2", "\\N", "none"),
            List.of("", "none", "none"),
            List.of("3", "none", "none"));
  }

  @Test
  void quotedFields() {
    String text = "\"a,\r\n\"\"b\",NULL,\"NULL\"\r\n\"x\"y\",\\\"z,\"open,\r\n";
    assertThat(fields(cutter(text, QUOTED, 3), 3))
        .containsExactly(
            List.of("a,\r\n\"b", "NULL", "NULL"), List.of("x\"y", "\"z", "\"open,\r\n"));
    FileCutter cutter = cutter(text, QUOTED, 3);
    cutter.next();
    assertThat(cutter.value(1).isNull()).isTrue();
    assertThat(cutter.value(2).isNull()).isFalse();
  }

  @Test
  void aQuoteThatEscapesItself() {
    String text = "\\n\",a\"\"b,\"c\"\"d\"\n1,2,3\"\n";
    assertThat(fields(cutter(text, format(",", '"', '"', "\n"), 3), 3))
        .containsExactly(List.of("\\n\"", "a\"b", "c\"d"), List.of("1", "2", "3\""));
  }

  @Test
  void rowsAreTheirBytes() {
    String text = "head\r\n1,\"a\r\n\",\r\n2,b,c,\"too\r\nmany\r\n";
    FileCutter cutter = cutter(text, QUOTED, 3);
    cutter.skipLines(1);
    List<String> rows = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    while (cutter.next()) {
      rows.add(new String(cutter.row(), 0, cutter.rowSize(), StandardCharsets.UTF_8));
      numbers.add(cutter.number());
    }
    // Quotes mean nothing after the last field that a row should have.
    assertThat(rows).containsExactly("1,\"a\r\n\",\r\n", "2,b,c,\"too\r\n", "many\r\n");
    assertThat(numbers).containsExactly(2L, 3L, 4L);
  }

  @Test
  void endsOfSeveralCharactersThatAlmostCome() {
    assertThat(fields(cutter("a|b||c\rd\r\r\n||x\r\n", format("||", -1, -1, "\r\n"), 2), 2))
        .containsExactly(List.of("a|b", "c\rd\r"), List.of("", "x"));
  }

  @Test
  void aRowThatDoesNotEnd() {
    FileCutter cutter = cutter("x".repeat(17 << 20), PLAIN, 1);
    assertThatThrownBy(cutter::next)
        .isInstanceOf(DalException.class)
        .hasMessageContaining("row 1 of the file is longer than");
  }

  @Test
  void bytesThatAreNoText() {
    FileCutter cutter =
        new FileCutter(
            new ByteArrayInputStream(new byte[] {(byte) 0xff, '\n'}),
            PLAIN,
            1,
            new boolean[] {true});
    assertThat(cutter.next()).isTrue();
    assertThat(cutter.value(0).kind()).isEqualTo(Value.Kind.BYTES);
  }
}
