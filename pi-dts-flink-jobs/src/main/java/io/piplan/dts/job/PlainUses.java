package io.piplan.dts.job;

import io.piplan.dts.ReaderName;
import io.piplan.dts.TableId;
import io.piplan.dts.check.SourceUse;
import io.piplan.dts.check.SyncChecks.PlainRead;
import io.piplan.dts.check.TargetUse;
import io.piplan.dts.flink.SinkRequest;
import io.piplan.dts.flink.SourceRequest;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.Startup;
import io.piplan.dts.sql.SyncOptions.ZeroDates;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** What a definition's plain statements read and write; grows while they are planned. */
final class PlainUses {
  private record Reader(MySqlServer server, long serverId, Startup startup, ReaderName name) {}

  private record Writer(DatabaseServer server, String schema) {}

  private final String job;
  private final Map<Reader, Set<TableId>> reads = new LinkedHashMap<>();
  private final Map<Writer, Set<TableId>> writes = new LinkedHashMap<>();
  private final Map<ReaderName, Set<String>> sources = new LinkedHashMap<>();
  private final Map<String, Set<String>> ineffective = new TreeMap<>();

  PlainUses(String job) {
    this.job = job;
  }

  void reads(SourceRequest request, long serverId, ReaderName reader, List<TableId> tables) {
    reads
        .computeIfAbsent(
            new Reader(request.server(), serverId, request.scan().startup(), reader),
            key -> new LinkedHashSet<>())
        .addAll(tables);
    String table = request.database() + "." + request.table();
    sources
        .computeIfAbsent(reader, key -> new TreeSet<>())
        .add(request.server().address() + " " + table);
    for (String option : request.scan().ineffective()) {
      ineffective.computeIfAbsent(option, key -> new TreeSet<>()).add(table);
    }
  }

  void writes(SinkRequest request) {
    writes
        .computeIfAbsent(
            new Writer(request.server(), request.table().database()), key -> new LinkedHashSet<>())
        .add(request.table());
  }

  /**
   * @param takenBy who else has a replica id on a server
   * @param runs whether the job of a name runs
   */
  List<PlainRead> reads(
      BiFunction<MySqlServer, Long, Optional<String>> takenBy, Predicate<String> runs) {
    List<PlainRead> all = new ArrayList<>();
    reads.forEach(
        (reader, tables) ->
            all.add(
                new PlainRead(
                    new SourceUse(
                        "job " + job,
                        reader.server(),
                        tables.stream().map(TableId::database).distinct().toList(),
                        reader.serverId(),
                        takenBy.apply(reader.server(), reader.serverId()),
                        reader.name(),
                        () -> runs.test(job),
                        DefinitionChecks.position(reader.startup()),
                        false,
                        reader.startup().copiesTables(),
                        Optional.empty()),
                    List.copyOf(tables))));
    return all;
  }

  /** Options of sources that have no effect, and the tables that have them. */
  Map<String, Set<String>> ineffective() {
    return Collections.unmodifiableMap(ineffective);
  }

  /**
   * The addresses and tables of each source and of all targets. A pattern stays one: tables that
   * come and go are no other definition.
   */
  Map<String, String> places() {
    Map<String, String> places = new LinkedHashMap<>();
    for (Set<String> tables : sources.values()) {
      places.put("source " + (places.size() + 1), String.join(", ", tables));
    }
    Set<String> targets = new TreeSet<>();
    writes.forEach(
        (writer, tables) ->
            tables.forEach(table -> targets.add(writer.server().address() + " " + table)));
    places.put("targets", String.join(", ", targets));
    return places;
  }

  /** Tables have to be there: only a SYNC makes them. */
  List<TargetUse> writes() {
    List<TargetUse> all = new ArrayList<>();
    writes.forEach(
        (writer, tables) ->
            all.add(
                new TargetUse(
                    writer.server(),
                    writer.schema(),
                    tables.stream().map(id -> new TargetUse.Written(id, Optional.empty())).toList(),
                    false,
                    false,
                    true,
                    0,
                    ZeroDates.KEEP,
                    false,
                    false,
                    false,
                    false)));
    return all;
  }
}
