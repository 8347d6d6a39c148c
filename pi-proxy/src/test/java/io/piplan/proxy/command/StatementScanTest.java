package io.piplan.proxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StatementScanTest {
  private static StatementScan scan(String sql) {
    ByteBuf buffer = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    return StatementScan.of(buffer, buffer.readerIndex());
  }

  @Test
  void findsStatementsPastTextsAndComments() {
    StatementScan scan =
        scan(
            """
            -- a; b
            /* c; d */ SELECT ';', "x\\";", `;` # e; f
            ; ; update `T` set a = 'it''s; so'; (SELECT 1)
            """);
    assertThat(scan.statements()).hasSize(3);
    assertThat(scan.statements())
        .extracting(words -> words.get(0))
        .containsExactly("SELECT", "update", "SELECT");
    assertThat(scan.statements().get(1).get(1)).isEqualTo("T");
    assertThat(scan.traits()).isEmpty();
  }

  @Test
  void looksIntoCommentsThatServersRun() {
    assertThat(scan("/*!40101 SET @a = 1 */").traits()).contains(Trait.USER_VARIABLE);
    assertThat(scan("/*M!100100 SET x */").word(0)).isEqualTo("SET");
    assertThat(scan("/* SET @a = 1 */ SELECT 1").traits()).isEmpty();
  }

  @Test
  void knowsVariablesFromTextsAndSystemVariables() {
    assertThat(scan("SELECT 'a@b', @@session.autocommit").traits()).isEmpty();
    assertThat(scan("SELECT @a").traits()).containsExactly(Trait.USER_VARIABLE);
    assertThat(scan("SELECT 1 INTO @a").traits()).containsExactly(Trait.USER_VARIABLE);
  }

  @Test
  void knowsFunctionsFromColumns() {
    assertThat(scan("SELECT row_count, identity, errors FROM warnings").traits()).isEmpty();
    assertThat(scan("select Row_Count ( )").traits()).containsExactly(Trait.PREVIOUS_RESULT);
    assertThat(scan("SELECT @@identity").traits()).containsExactly(Trait.LAST_INSERT_ID);
    assertThat(scan("SELECT @@session.warning_count").traits())
        .containsExactly(Trait.PREVIOUS_RESULT);
    assertThat(scan("show count(*) warnings").traits()).containsExactly(Trait.PREVIOUS_RESULT);
    assertThat(scan("SELECT LAST_INSERT_ID()").traits()).containsExactly(Trait.LAST_INSERT_ID);
    assertThat(scan("UPDATE s SET n = LAST_INSERT_ID(n + 1)").traits())
        .containsExactlyInAnyOrder(Trait.LAST_INSERT_ID, Trait.SETS_INSERT_ID);
    assertThat(scan("DO GET_LOCK('a', 1)").traits()).containsExactly(Trait.NAMED_LOCK);
  }

  @Test
  void knowsWhatOnlyReads() {
    assertThat(scan("/* a */ (select 1) UNION (SELECT 2);").onlyReads()).isTrue();
    assertThat(scan("WITH a AS (SELECT 1) SELECT * FROM a").onlyReads()).isTrue();
    for (String sql :
        new String[] {
          "INSERT INTO t VALUES (1) RETURNING id", "CALL p()", "SELECT 1; CALL p()", "DO 1", ""
        }) {
      assertThat(scan(sql).onlyReads()).as(sql).isFalse();
    }
  }

  @Property(tries = 2000)
  void endsWhateverTheBytes(@ForAll byte[] sql) {
    StatementScan.of(Unpooled.wrappedBuffer(sql), 0);
  }

  @Property(tries = 500)
  void endsWhateverTheText(@ForAll String sql) {
    scan(sql);
  }

  @Test
  void unendedTextsAndCommentsEndWithTheStatement() {
    for (String sql : new String[] {"SELECT 'a", "SELECT 'a\\", "/* a", "/*", "`a", "-- a", "@"}) {
      scan(sql);
    }
  }
}
