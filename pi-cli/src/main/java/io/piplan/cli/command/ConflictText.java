package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.piplan.dts.Lsn;
import io.piplan.dts.apply.Conflict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A conflict in words and as JSON. */
final class ConflictText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ConflictText() {}

  static List<String> lines(Conflict conflict) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "#%d %s %s %s %s, %s"
            .formatted(
                conflict.id(),
                Instant.ofEpochMilli(conflict.foundMillis()),
                conflict.table(),
                conflict.key(),
                conflict.kind(),
                conflict.state()));
    lines.add("   " + conflict.reason());
    // A copied row has no place in the binlog.
    String place = conflict.lsn().equals(Lsn.START) ? "read by a copy" : "at " + conflict.lsn();
    lines.add("   " + conflict.op() + " " + place);
    lines.add("   before " + shown(conflict.before()));
    lines.add("   after  " + shown(conflict.after()));
    lines.add("   target " + shown(conflict.target()));
    return lines;
  }

  private static String shown(String image) {
    return image == null ? "no row" : image;
  }

  /** Images as objects, not as text. */
  static Map<String, Object> json(Conflict conflict) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", conflict.id());
    json.put("table", conflict.table().toString());
    json.put("targetTable", conflict.targetTable());
    json.put("key", tree(conflict.key()));
    json.put("kind", conflict.kind().name());
    json.put("state", conflict.state().name());
    json.put("reason", conflict.reason());
    json.put("op", conflict.op().name());
    json.put("lsn", conflict.lsn().toString());
    json.put("version", conflict.version());
    json.put("foundMillis", conflict.foundMillis());
    json.put("before", tree(conflict.before()));
    json.put("after", tree(conflict.after()));
    json.put("target", tree(conflict.target()));
    return json;
  }

  private static JsonNode tree(String image) {
    try {
      return image == null ? NullNode.getInstance() : JSON.readTree(image);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an image in pi_dts_conflict is no JSON", e);
    }
  }
}
