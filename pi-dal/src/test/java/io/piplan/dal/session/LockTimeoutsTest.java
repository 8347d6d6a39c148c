package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.node.NodeConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockTimeoutsTest {
  private final List<String> asked = new ArrayList<>();
  private final LockTimeouts timeouts = new LockTimeouts();

  /** Null fails. */
  private final class Branch implements NodeConnection {
    private final String node;
    private final String value;

    Branch(String node, String value) {
      this.node = node;
      this.value = value;
    }

    @Override
    public String node() {
      return node;
    }

    @Override
    public Result run(String sql) {
      asked.add(node + ": " + sql);
      if (value == null) {
        throw DalException.ofNode(1402, "XA100", "rolled back", null);
      }
      return new Result.Rows(
          new ListStream(
              List.of(Column.text("v")),
              List.of(Row.ofText(List.of(value.getBytes(StandardCharsets.US_ASCII))))));
    }

    @Override
    public void cancel() {}

    @Override
    public void discard() {}

    @Override
    public void close() {}
  }

  @Test
  void eachNodeIsAskedOnce() {
    List<NodeConnection> mixed = List.of(new Branch("db1", "0"), new Branch("db2", "1"));
    assertThat(timeouts.endTransaction(List.of(new Branch("db1", "0")))).isFalse();
    assertThat(timeouts.endTransaction(mixed)).isTrue();
    assertThat(timeouts.endTransaction(mixed)).isTrue();
    assertThat(timeouts.endTransaction(List.of(new Branch("db1", "0")))).isFalse();
    assertThat(asked)
        .containsExactly(
            "db1: SELECT @@innodb_rollback_on_timeout", "db2: SELECT @@innodb_rollback_on_timeout");
  }

  @Test
  void whatCannotBeAskedIsNotGoneOnWith() {
    assertThat(timeouts.endTransaction(List.of(new Branch("db1", null)))).isTrue();
    assertThat(timeouts.endTransaction(List.of(new Branch("db1", "0")))).isFalse();
  }
}
