package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients cut errors at 512 bytes. */
class UnfinishedDdlTest {
  private static DalException error(String node, String sql, String reason) {
    return new UnfinishedDdl(Collections.nCopies(4096, new NodeSql(node, sql)), 4095)
        .because(DalException.ofNode(1060, "42S21", reason, null));
  }

  @Test
  void whatIsToBeDoneComesBeforeStatementAndReason() {
    List<NodeSql> parts = List.of(new NodeSql("n0", "DDL 0"), new NodeSql("n1", "DDL 1"));
    DalException error =
        new UnfinishedDdl(parts, 1).because(DalException.ofNode(1060, "42S21", "it is so", null));
    assertThat(error.mysqlNumber()).isEqualTo(1060);
    assertThat(error)
        .hasMessage(
            "done on 1 of 2 actual tables, then failed on n1; undo it there, or mend the cause and"
                + " run on the nodes what EXPLAIN ROUTE of the statement tells, from number 2 on"
                + " (DDL 1): it is so");
  }

  @Test
  void aMessageIsBoundByItsBytesInUtf8() {
    for (String character : List.of("a", "ä", "表", "🙂")) {
      String text = character.repeat(600);
      String message = error("node-" + text, text, text).getMessage();
      assertThat(message.getBytes(StandardCharsets.UTF_8).length).as(message).isLessThan(512);
      assertThat(message).contains("from number 4096 on").contains("): " + character);
    }
  }

  @Test
  void noCharacterIsDivided() {
    for (int before = 0; before < 4; before++) {
      String text = "x".repeat(before) + "🙂".repeat(100);
      String message = error("n0", text, text).getMessage();
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      // What is half a pair is written as a question mark.
      assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(message);
    }
  }

  @Test
  void anErrorThatIsNoNodesStaysWhatItIs() {
    List<NodeSql> parts = List.of(new NodeSql("n0", "DDL 0"), new NodeSql("n1", "DDL 1"));
    assertThat(
            new UnfinishedDdl(parts, 1)
                .because(new DalException(DalError.NODE_UNREACHABLE, "it is away"))
                .error())
        .isEqualTo(DalError.NODE_UNREACHABLE);
  }
}
