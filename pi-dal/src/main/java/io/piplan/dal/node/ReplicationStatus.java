package io.piplan.dal.node;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a server says of its replication.
 *
 * @param problem why nothing will arrive there; null if it replicates
 * @param sourceId the server id of whom it follows; 0 if it doesn't say
 * @param secondsBehind empty if it doesn't know
 */
record ReplicationStatus(String problem, long sourceId, OptionalLong secondsBehind) {
  private static final int SYNTAX_ERROR = 1064;

  /** Asks a server. MariaDB and older MySQL have other words for it than newer MySQL. */
  static ReplicationStatus of(NodeConnection connection) {
    List<Map<String, String>> rows;
    try {
      rows = rows(connection, "SHOW REPLICA STATUS");
    } catch (DalException e) {
      if (e.mysqlNumber() != SYNTAX_ERROR) {
        throw e;
      }
      rows = rows(connection, "SHOW SLAVE STATUS");
    }
    if (rows.size() != 1) {
      return new ReplicationStatus(
          rows.isEmpty()
              ? "it replicates from nobody"
              : "it replicates from " + rows.size() + " sources, which is not supported",
          0,
          OptionalLong.empty());
    }
    return of(rows.get(0));
  }

  static ReplicationStatus of(Map<String, String> row) {
    String fetches = value(row, "io_running");
    String applies = value(row, "sql_running");
    String problem = null;
    if (!applies.equalsIgnoreCase("Yes")) {
      problem = "its SQL thread doesn't run" + why(value(row, "last_sql_error"));
    } else if (fetches.equalsIgnoreCase("No")) {
      problem = "its I/O thread doesn't run" + why(value(row, "last_io_error"));
    }
    String seconds = value(row, "seconds_behind_source");
    String id = value(row, "source_server_id");
    return new ReplicationStatus(
        problem,
        id.matches("[0-9]{1,18}") ? Long.parseLong(id) : 0,
        seconds.matches("[0-9]{1,18}")
            ? OptionalLong.of(Long.parseLong(seconds))
            : OptionalLong.empty());
  }

  private static String why(String error) {
    return error.isBlank() ? "" : ": " + error;
  }

  private static String value(Map<String, String> row, String name) {
    for (String known :
        List.of(name, name.replace("source", "master"), "replica_" + name, "slave_" + name)) {
      if (row.containsKey(known)) {
        return row.get(known) == null ? "" : row.get(known);
      }
    }
    return "";
  }

  /** Rows with the names of their columns in lower case. */
  static List<Map<String, String>> rows(NodeConnection connection, String sql) {
    List<Map<String, String>> all = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) connection.run(sql)).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < stream.columns().size(); i++) {
          byte[] value = row.textValues().get(i);
          values.put(
              stream.columns().get(i).name().toLowerCase(Locale.ROOT),
              value == null ? null : new String(value, StandardCharsets.UTF_8));
        }
        all.add(values);
      }
    }
    return all;
  }
}
