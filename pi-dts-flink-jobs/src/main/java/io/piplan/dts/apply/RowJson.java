package io.piplan.dts.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A row as a JSON object of its columns: text as it is, raw bytes as {@code {"base64": …}}, NULL as
 * null. Reading gives back the very row.
 */
public final class RowJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RowJson() {}

  /** Null for no row. */
  public static String write(TableSchema schema, Row row) {
    if (row == null) {
      return null;
    }
    ObjectNode object = JSON.createObjectNode();
    for (int i = 0; i < schema.columns().size(); i++) {
      put(object, schema.columns().get(i), row.value(i));
    }
    return object.toString();
  }

  /** The columns of the row's key alone. */
  public static String key(TableSchema schema, Row row) {
    ObjectNode object = JSON.createObjectNode();
    for (int index : schema.keyIndexes()) {
      put(object, schema.columns().get(index), row.value(index));
    }
    return object.toString();
  }

  private static void put(ObjectNode object, Column column, byte[] value) {
    if (value == null) {
      object.putNull(column.name());
    } else if (column.type().isRaw()) {
      object.putObject(column.name()).put("base64", Base64.getEncoder().encodeToString(value));
    } else {
      object.put(column.name(), new String(value, StandardCharsets.UTF_8));
    }
  }

  /**
   * What {@link #write} wrote.
   *
   * @throws DtsException {@code TARGET_BAD_ROW} if the table's columns are others since
   */
  public static Row readWhole(TableSchema schema, String json) {
    Row row = read(schema, json);
    if (row == null) {
      return null;
    }
    Set<String> then = columns(schema, json);
    Set<String> now = new TreeSet<>();
    schema.columns().forEach(column -> now.add(column.name()));
    if (!then.equals(now)) {
      throw new DtsException(
          DtsError.TARGET_BAD_ROW,
          "a row of "
              + schema.id()
              + " was kept when the table had the columns "
              + then
              + "; now it has "
              + now,
          "repair the row from the source: bin/pi repair");
    }
    return row;
  }

  /** The names of the columns that a row was written with. */
  public static Set<String> columns(TableSchema schema, String json) {
    Set<String> names = new TreeSet<>();
    tree(schema, json).fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** What {@link #write} or {@link #key} wrote; columns that it has not are NULL. */
  public static Row read(TableSchema schema, String json) {
    if (json == null) {
      return null;
    }
    JsonNode object = tree(schema, json);
    List<Column> columns = schema.columns();
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = object.path(columns.get(i).name());
      if (value.has("base64")) {
        values[i] = Base64.getDecoder().decode(value.path("base64").asText());
      } else if (value.isTextual()) {
        values[i] = value.asText().getBytes(StandardCharsets.UTF_8);
      }
    }
    return new Row(values);
  }

  private static JsonNode tree(TableSchema schema, String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new DtsException(
          DtsError.INTERNAL,
          "a row of " + schema.id() + " kept on the target is no JSON: " + e.getOriginalMessage(),
          "delete it from the pi_dts table, and repair the target's row from the source",
          e);
    }
  }
}
