package io.piplan.dal.tx;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A server as far as transactions go: what is prepared on it, and what became of that. */
final class Server {
  private final Map<String, String> prepared = new LinkedHashMap<>();
  final List<String> ended = new ArrayList<>();
  boolean dead;
  boolean diesAtCommit;
  boolean endedByHand;
  boolean refusesOnce;

  Result run(String sql) {
    if (dead) {
      throw new DalException(DalError.NODE_UNREACHABLE, "it is dead");
    }
    if (sql.equals("XA RECOVER")) {
      List<Row> rows = new ArrayList<>();
      prepared.forEach(
          (name, branch) ->
              rows.add(
                  Row.ofText(
                      List.of(
                          bytes("1"),
                          bytes(Integer.toString(name.length())),
                          bytes(Integer.toString(branch.length())),
                          bytes(name + branch)))));
      return new Result.Rows(
          new ListStream(
              List.of(
                  Column.text("formatID"),
                  Column.text("gtrid_length"),
                  Column.text("bqual_length"),
                  Column.text("data")),
              rows));
    }
    String[] parts = sql.split("'", -1);
    if (sql.startsWith("XA PREPARE")) {
      prepared.put(parts[1], parts[3]);
    } else if (sql.equals("COMMIT") && diesAtCommit) {
      dead = true;
      throw new DalException(DalError.NODE_UNREACHABLE, "it died");
    } else if (sql.equals("COMMIT")) {
      ended.add(sql);
    } else if (sql.startsWith("XA COMMIT") || sql.startsWith("XA ROLLBACK")) {
      if (diesAtCommit) {
        dead = true;
        throw new DalException(DalError.NODE_UNREACHABLE, "it died");
      }
      if (refusesOnce) {
        refusesOnce = false;
        throw new DalException(DalError.NODE, "it can't now");
      }
      if (endedByHand) {
        prepared.remove(parts[1]);
      }
      if (prepared.remove(parts[1]) == null) {
        throw DalException.ofNode(1397, "XAE04", "XAER_NOTA: Unknown XID", null);
      }
      ended.add(sql.split(" ", -1)[1]);
    }
    return Result.Done.NOTHING;
  }

  /** As an operator may. */
  void endByHand() {
    prepared.clear();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
