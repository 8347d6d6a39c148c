package io.piplan.proxy.routed;

import io.piplan.dal.DalException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the last statement of a session that PiDAL ran has warned of. Any thread. */
public final class SessionWarnings {
  /** As many as servers keep. */
  private static final int MOST = 64;

  private final List<List<String>> rows = new ArrayList<>();

  /** A new statement. */
  public synchronized void clear() {
    rows.clear();
  }

  /** A row of SHOW WARNINGS. */
  public synchronized void add(List<byte[]> row) {
    if (rows.size() < MOST) {
      rows.add(
          row.stream()
              .map(value -> value == null ? "" : new String(value, StandardCharsets.UTF_8))
              .toList());
    }
  }

  /** Something of the proxy's own. */
  public synchronized void warn(String message) {
    if (rows.size() < MOST) {
      rows.add(List.of("Warning", "1105", message));
    }
  }

  /** The statement has failed. */
  public synchronized void failed(DalException e) {
    rows.add(List.of("Error", String.valueOf(e.mysqlNumber()), String.valueOf(e.getMessage())));
  }

  public synchronized int count() {
    return rows.size();
  }

  /** Level, code and message of each. */
  public synchronized List<List<String>> rows() {
    return List.copyOf(rows);
  }
}
