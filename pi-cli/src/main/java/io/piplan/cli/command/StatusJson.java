package io.piplan.cli.command;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sync's status for scripts. Names stay as they are; what is not known is null. */
final class StatusJson {
  private StatusJson() {}

  static Map<String, Object> of(SyncStatus status) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", status.name());
    json.put("state", status.state());
    json.put("paused", status.paused());
    json.put("position", status.position());
    json.put("lagMillis", known(status.lagMillis()));
    json.put("heartbeatLagMillis", known(status.heartbeatLagMillis()));
    json.put("changesApplied", status.changesApplied());
    json.put("changesPerSecond", status.changesPerSecond());
    json.put("deadLetters", status.deadLetters());
    boolean known = status.copying() != SyncStatus.Copying.UNKNOWN;
    json.put("copyDone", known ? status.copyDone() : null);
    json.put("copyPercent", known ? status.percent() : null);
    json.put("copiedPerSecond", status.copiedPerSecond());
    json.put("etaSeconds", known(status.etaSeconds()));
    json.put("limits", limits(status.limits()));
    json.put("resting", status.resting());
    json.put("tables", status.tables().stream().map(StatusJson::table).toList());
    json.put("schemaChanges", status.schemaChanges().stream().map(StatusJson::change).toList());
    json.put("failure", status.failure());
    json.put("atMillis", status.atMillis());
    return json;
  }

  static List<Map<String, Object>> all(List<SyncStatus> statuses) {
    return statuses.stream().map(StatusJson::of).toList();
  }

  static Map<String, String> limits(CopyLimits limits) {
    Map<String, String> json = new LinkedHashMap<>();
    for (CopyLimit limit : CopyLimit.values()) {
      json.put(limit.option(), limits.value(limit));
    }
    return json;
  }

  private static Map<String, Object> table(TableProgress table) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("table", table.table());
    json.put("estimatedRows", table.estimatedRows());
    json.put("copiedRows", table.copiedRows());
    json.put("chunks", table.chunks());
    json.put("chunksDone", table.chunksDone());
    json.put("done", table.done());
    json.put("percent", table.percent());
    json.put("copiedPerSecond", table.copiedPerSecond());
    json.put("etaSeconds", known(table.etaSeconds()));
    json.put("changes", table.changes());
    json.put("changesPerSecond", table.changesPerSecond());
    json.put("lastChangeMillis", table.lastChangeMillis() == 0 ? null : table.lastChangeMillis());
    return json;
  }

  private static Map<String, Object> change(FollowedStatement change) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("position", change.position());
    json.put("statement", change.statement());
    json.put("state", change.state());
    json.put("target", change.target());
    json.put("note", change.note());
    json.put("sourceMillis", change.sourceMillis());
    json.put("begunMillis", change.begunMillis());
    json.put("doneMillis", change.doneMillis() == 0 ? null : change.doneMillis());
    return json;
  }

  private static Long known(long value) {
    return value < 0 ? null : Long.valueOf(value);
  }
}
