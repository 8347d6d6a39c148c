package io.piplan.dts.hive;

import com.fasterxml.jackson.databind.JsonNode;
import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.ZeroDates;
import java.util.Optional;

/**
 * A change that Hive could not take, as {@link HiveSession} has written it.
 *
 * @param name where it stands: {@code FILE#LINE}
 * @param before the row before as JSON, or null
 * @param after the row after as JSON, or null
 */
record Letter(
    String name, TableId table, Op op, String before, String after, Lsn lsn, long sourceMillis) {

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
        json.path("sourceMillis").asLong());
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : null;
  }

  /**
   * The row as the change has left it, or as it was before a deletion; empty if the table has other
   * columns since.
   */
  Optional<Row> row(TableMapping mapping) {
    try {
      return Optional.of(RowJson.readWhole(mapping.source(), after == null ? before : after));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /**
   * The change as it is to be written now.
   *
   * @throws DtsException {@code TARGET_BAD_ROW} if the table has other columns since, or a zero
   *     date is still refused
   */
  ChangeEvent change(TableMapping mapping, ZeroDates zeroDates) {
    return new ChangeEvent(
        table,
        0,
        op,
        RowJson.readWhole(mapping.source(), before),
        zeroDates.apply(mapping, RowJson.readWhole(mapping.source(), after)),
        lsn,
        Lsn.START,
        sourceMillis);
  }
}
