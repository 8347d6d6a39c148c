package io.piplan.proxy.routed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.Collations;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each character of the texts here is a byte, unless it says so. */
class StatementTextTest {
  private static final Charset LATIN1 = Collations.charset(8);

  private static String read(String bytes, Charset charset) {
    byte[] text = bytes.getBytes(StandardCharsets.ISO_8859_1);
    byte[] payload = new byte[text.length + 1];
    payload[0] = 3;
    System.arraycopy(text, 0, payload, 1, text.length);
    return StatementText.of(Unpooled.wrappedBuffer(payload), charset);
  }

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'é 世界 😀', \"it''s\", `näme` /* ü */ FROM t -- ö",
        "INSERT INTO t VALUES (_binary'abc')",
        "INSERT INTO t VALUES (_binary'\u00e9')",
        "SELECT '\uFFFD', `\uFFFD`",
        ""
      })
  void charactersStayAsTheyAre(String sql) {
    assertThat(read(utf8(sql), StandardCharsets.UTF_8)).isEqualTo(sql);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '^',
      value = {
        "VALUES (1, _binary'\u00ff\u00d8', 2)~VALUES (1, _binary x'ffd8', 2)",
        "VALUES (_binary '\u00ff')~VALUES (_binary  x'ff')",
        "VALUES ('\u00ff')~VALUES (_binary x'ff')",
        "SET a='\u00ff',b=\"\u00fe\"~SET a=_binary x'ff',b=_binary x'fe'",
        "VALUES ('\u00ff''\\'\\\\\\0\\n\\Z\\%x')~VALUES (_binary x'ff27275c000a1a5c2578')",
        "VALUES (_latin1'\u00e9')~VALUES (_latin1 x'e9')",
        "VALUES ('a', '\u00c3', 'b')~VALUES ('a', _binary x'c3', 'b')",
        "SELECT '/*', '\u00ff', '*/'~SELECT '/*', _binary x'ff', '*/'"
      })
  void bytesBetweenQuotesAreKept(String bytes, String expected) {
    assertThat(read(bytes, StandardCharsets.UTF_8)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a\u00ff FROM t",
        "SELECT `\u00ff` FROM t",
        "SELECT 1 /* \u00ff */",
        "SELECT N'\u00ff'",
        "SELECT 'a' '\u00ff'",
        "SELECT '\u00ff' 'a'",
        "SELECT '\u00ff"
      })
  void bytesElsewhereAreRefused(String bytes) {
    assertThatThrownBy(() -> read(bytes, StandardCharsets.UTF_8))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("Invalid UTF-8 character string");
  }

  @Test
  void quotesInCommentsBeginNothing() {
    assertThat(read("SELECT 1 -- it's\n, '\u00ff'", StandardCharsets.UTF_8))
        .isEqualTo("SELECT 1 -- it's\n, _binary x'ff'");
  }

  @Test
  void bytesOfOtherCharsetsAreKeptWhereTheyAreNoText() {
    assertThat(read("VALUES (_binary'\u00e9\u0081', '\u00e9', _binary'a')", LATIN1))
        .isEqualTo("VALUES (_binary x'e981', '\u00e9', _binary'a')");
    assertThat(read("VALUES ('\u0080\u0081')", LATIN1)).isEqualTo("VALUES ('\u20ac\u0081')");
    assertThat(read("VALUES ('\u0081')", Charset.forName("windows-1252")))
        .isEqualTo("VALUES (_binary x'81')");
    Charset gbk = Charset.forName("GBK");
    assertThat(read("VALUES ('\u00c4\u00e3')", gbk)).isEqualTo("VALUES ('\u4f60')");
    assertThatThrownBy(() -> read("VALUES (_binary'\u00c4\u00e3')", gbk))
        .isInstanceOf(ProxyException.class);
  }
}
