package io.piplan.dts.hive;

import com.fasterxml.jackson.databind.JsonNode;
import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.ZeroDates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A change that Hive could not take, as {@link HiveSession} has written it.
 *
 * @param name where it stands: {@code FILE#LINE}
 * @param before the row before as JSON, or null
 * @param after the row after as JSON, or null
 * @param reason why Hive could not take it
 */
record Letter(
    String name,
    TableId table,
    Op op,
    String before,
    String after,
    Lsn lsn,
    long sourceMillis,
    String reason,
    long refusedMillis) {

  /** All of a sync. */
  static List<Letter> all(SyncFolder folder) {
    List<Letter> all = new ArrayList<>();
    folder
        .letters()
        .forEach(
            (file, lines) -> {
              for (int i = 0; i < lines.size(); i++) {
                all.add(read(file + "#" + i, lines.get(i)));
              }
            });
    return all;
  }

  HiveSyncState.Refused refused(boolean settled) {
    return new HiveSyncState.Refused(
        op, before == null ? after : before, lsn, reason, refusedMillis, settled);
  }

  static Letter read(String name, String line) {
    JsonNode json = Json.read(line, JsonNode.class, name);
    return new Letter(
        name,
        new TableId(json.path("database").asText(), json.path("table").asText()),
        Op.valueOf(json.path("op").asText()),
        text(json.path("before")),
        text(json.path("after")),
        new Lsn(
            json.path("file").asText(),
            json.path("position").asLong(),
            json.path("event").asLong(),
            json.path("row").asLong()),
        json.path("sourceMillis").asLong(),
        json.path("reason").asText(),
        json.path("refusedMillis").asLong());
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : null;
  }

  private String image() {
    return after == null ? before : after;
  }

  /**
   * The row as the change has left it, or as it was before a deletion, with NULL in columns that
   * the table got since; empty if it has another key since.
   */
  Optional<Row> row(TableSchema now) {
    boolean named = RowJson.columns(now, image()).containsAll(keyOf(now));
    return named ? Optional.of(RowJson.read(now, image())) : Optional.empty();
  }

  private static List<String> keyOf(TableSchema schema) {
    return schema.key().stream().map(key -> schema.column(key).orElseThrow().name()).toList();
  }

  /** Whether a row is as the change has left it, in the columns that the table had then too. */
  boolean left(TableSchema now, Row row) {
    Row then = RowJson.read(now, image());
    return RowJson.columns(now, image()).stream()
        .mapToInt(now::indexOf)
        .filter(column -> column >= 0)
        .allMatch(column -> Arrays.equals(row.value(column), then.value(column)));
  }

  /**
   * The change as it is to be written now. At its place the log has no values in columns that the
   * table got since, so they are NULL.
   *
   * @throws DtsException {@code TARGET_BAD_ROW} if the table has lost columns since, or a zero date
   *     is still refused
   */
  ChangeEvent change(TableMapping mapping, ZeroDates zeroDates) {
    TableSchema now = mapping.source();
    for (String column : RowJson.columns(now, image())) {
      if (now.indexOf(column) < 0) {
        throw new DtsException(
            DtsError.TARGET_BAD_ROW,
            "a row of " + table + " was refused when the table had a column " + column,
            "write the row anew at the source, then try again: bin/pi sync retry");
      }
    }
    return new ChangeEvent(
        table,
        0,
        op,
        RowJson.read(now, before),
        zeroDates.apply(mapping, RowJson.read(now, after)),
        lsn,
        Lsn.START,
        sourceMillis);
  }
}
