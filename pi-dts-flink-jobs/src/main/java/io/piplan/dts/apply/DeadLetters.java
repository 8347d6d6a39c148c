package io.piplan.dts.apply;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Base64;

/**
 * Refused changes in {@code pi_dts_dead_letter}. A row is a JSON object of the source's columns:
 * text as it is, raw bytes as {@code {"base64": …}}.
 */
final class DeadLetters {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String table;

  DeadLetters(ControlTables tables) {
    this.table = tables.name(ControlTables.DEAD_LETTER);
  }

  void add(
      Connection connection, String sync, TableSchema schema, ChangeEvent change, String reason)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (sync, db, tab, op, before_row, after_row, file, pos, event, row_no, reason,"
            + " refused_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, change.table().database());
      statement.setString(3, change.table().table());
      statement.setString(4, change.op().name());
      statement.setString(5, json(schema, change.before()));
      statement.setString(6, json(schema, change.after()));
      statement.setString(7, change.lsn().file());
      statement.setLong(8, change.lsn().position());
      statement.setLong(9, change.lsn().event());
      statement.setLong(10, change.lsn().row());
      // TEXT on MySQL holds 64 kB; no reason needs more than its beginning.
      String storable = reason.replace("\0", "\\0");
      statement.setString(11, storable.substring(0, Math.min(storable.length(), 10_000)));
      statement.setLong(12, System.currentTimeMillis());
      statement.executeUpdate();
    }
  }

  static String json(TableSchema schema, Row row) {
    if (row == null) {
      return null;
    }
    ObjectNode object = JSON.createObjectNode();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      byte[] value = row.value(i);
      if (value == null) {
        object.putNull(column.name());
      } else if (column.type().isRaw()) {
        object.putObject(column.name()).put("base64", Base64.getEncoder().encodeToString(value));
      } else {
        object.put(column.name(), row.text(i));
      }
    }
    return object.toString();
  }
}
