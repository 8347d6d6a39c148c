package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.Timeline;
import io.piplan.dts.apply.ProgressMove;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.ddl.TableHistory;
import io.piplan.dts.flink.BinlogOptions;
import io.piplan.dts.flink.BinlogPlaces;
import io.piplan.dts.flink.BinlogStarts;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.jdbc.SourceIdentity;
import io.piplan.dts.schema.LiveSchemaProvider;
import io.piplan.dts.sql.SyncOptions.Delivery;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which server a sync has read last, as its target knows it, and what there is to do when it is to
 * read another one. Changes nothing before {@link Arrival#arrive}.
 */
final class SourceHistory {
  /** Where it is kept in {@code pi_dts_control}. */
  static final String SOURCE = "#source";

  private final SyncPlan plan;
  private final Optional<Read> last;

  /**
   * What was read last.
   *
   * @param address where that server was
   */
  record Read(Timeline timeline, String address) {
    static Read parse(String text) {
      String[] parts = text.split(" ", 3);
      return new Read(new Timeline(Integer.parseInt(parts[0]), parts[1]), parts[2]);
    }

    /** Whether it is the same server. */
    boolean is(Read other) {
      // Servers of MariaDB are known by their server id only, which others elsewhere may have too.
      boolean named = timeline.server().startsWith("uuid:");
      return timeline.server().equals(other.timeline.server())
          && (named || address.equals(other.address));
    }

    String text() {
      return timeline.number() + " " + timeline.server() + " " + address;
    }
  }

  /** How a sync comes to the server that it is to read. */
  interface Arrival {
    /** The plan with the server on its timeline, and where to begin if not at a checkpoint. */
    SyncPlan plan();

    /** Whether the server is another one than before. */
    boolean isElsewhere();

    /** Stores it on the target, before the job is submitted. */
    void arrive();
  }

  private record Same(SyncPlan plan, Read read, boolean keeps) implements Arrival {
    @Override
    public boolean isElsewhere() {
      return false;
    }

    @Override
    public void arrive() {
      if (keeps) {
        new ProgressMove(plan.target(), plan.targetSchema(), plan.name()).prepare();
        TargetState.of(plan.target(), plan.targetSchema())
            .setControl(plan.name(), SOURCE, read.text());
      }
    }
  }

  private record Elsewhere(
      SyncPlan plan, Read read, Map<Lsn, ProgressMove.Place> moved, ProgressMove.Beside tables)
      implements Arrival {
    @Override
    public boolean isElsewhere() {
      return true;
    }

    @Override
    public void arrive() {
      ProgressMove progress = new ProgressMove(plan.target(), plan.targetSchema(), plan.name());
      progress.prepare();
      progress.move(
          moved,
          Map.entry(SOURCE, read.text()),
          plan.options().delivery() == Delivery.EXACTLY_ONCE_XA,
          tables);
    }
  }

  private SourceHistory(SyncPlan plan, Optional<Read> last) {
    this.plan = plan;
    this.last = last;
  }

  static SourceHistory of(SyncPlan plan) {
    return new SourceHistory(plan, read(plan));
  }

  private static Optional<Read> read(SyncPlan plan) {
    return plan.target() instanceof HiveServer
        ? Optional.empty()
        : TargetState.of(plan.target(), plan.targetSchema())
            .control(plan.name(), SOURCE)
            .map(Read::parse);
  }

  /**
   * The plan with its source on the timeline that is known, for tools that read beside the sync.
   */
  static SyncPlan onTimeline(SyncPlan plan) {
    return read(plan).map(read -> plan.on(read.timeline())).orElse(plan);
  }

  /** Whether a source is another server than the one read last, as far as either can be asked. */
  static boolean isElsewhere(
      MySqlServer source, DatabaseServer target, String schema, String sync) {
    if (target instanceof HiveServer) {
      return false;
    }
    try {
      Optional<Read> last = TargetState.of(target, schema).control(sync, SOURCE).map(Read::parse);
      return last.isPresent() && !last.get().is(read(source, 0));
    } catch (DtsException e) {
      // Whoever cannot be reached is a finding of its own.
      return false;
    }
  }

  /** Whether it is known which server was read last. */
  boolean isKnown() {
    return last.isPresent();
  }

  /** By which lanes tables went. */
  LaneHistory lanes() {
    return LaneHistory.stored(
        TargetState.of(plan.target(), plan.targetSchema()).controls(plan.name()));
  }

  /** The transactions before a place that is stored; empty if they are not known. */
  static String gtids(SyncPlan plan, Lsn place) {
    if (plan.target() instanceof HiveServer) {
      return "";
    }
    return new ProgressMove(plan.target(), plan.targetSchema(), plan.name())
        .places().stream()
            .filter(stored -> stored.lsn().equals(place) && stored.gtids() != null)
            .map(ProgressMove.Place::gtids)
            .findFirst()
            .orElse("");
  }

  /** What the server says of itself, and where it is. */
  private Read now(int number) {
    return read(plan.source(), number);
  }

  private static Read read(MySqlServer source, int number) {
    return new Read(new Timeline(number, identity(source)), source.address());
  }

  private static String identity(MySqlServer source) {
    try (Connection connection = source.on(Timeline.ANY).connect(Side.SOURCE)) {
      return SourceIdentity.of(connection);
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.SOURCE_UNREACHABLE,
          "asking " + source.address() + " who it is failed: " + e.getMessage(),
          "check that the server is up and try again",
          e);
    }
  }

  /** A sync that begins anew. */
  Arrival first() {
    if (plan.target() instanceof HiveServer) {
      return new Same(plan, now(0), false);
    }
    Read read = now(0);
    return new Same(plan.on(read.timeline()), read, true);
  }

  /** A sync that goes on: at the same server as it did, or by GTID at another one. */
  Arrival next() {
    if (last.isEmpty()) {
      new TableChoice(plan).requireSameNumbers();
      return first();
    }
    int number = last.get().timeline().number();
    Read now = now(number);
    if (last.get().is(now)) {
      new TableChoice(plan).requireSameNumbers();
      return new Same(sinceProgress(plan.on(now.timeline())), now, true);
    }
    return moved(new Read(last.get().timeline().next(now.timeline().server()), now.address()));
  }

  /**
   * A checkpoint may be of the timeline before, if none was complete since. Then the stream begins
   * where the plan says, which must be no later than what is stored.
   */
  private static SyncPlan sinceProgress(SyncPlan plan) {
    int number = plan.source().timeline().number();
    if (number == 0) {
      return plan;
    }
    return new ProgressMove(plan.target(), plan.targetSchema(), plan.name())
        .places().stream()
            .findFirst()
            .filter(place -> place.lsn().timeline() == number)
            .map(place -> plan.withStart(start(place.lsn(), place.gtids()), plan.copy()))
            .orElse(plan);
  }

  private static StartPosition start(Lsn place, String gtids) {
    return new StartPosition.FileAndPosition(
        place.fileName(), place.position(), gtids == null ? "" : gtids);
  }

  private Arrival moved(Read to) {
    ProgressMove progress = new ProgressMove(plan.target(), plan.targetSchema(), plan.name());
    List<ProgressMove.Place> places = progress.places();
    if (places.isEmpty()) {
      return new Same(plan.on(to.timeline()), to, true);
    }
    for (ProgressMove.Place place : places) {
      if (place.gtids() == null) {
        throw noGtids(to, place.lsn());
      }
    }
    new TableChoice(plan).requireSame(places);
    SyncPlan there = plan.on(to.timeline());
    Optional<TableHistory> tables = tables();
    Lsn lowest = places.get(0).lsn();
    BinlogPlaces search =
        new BinlogPlaces(
            binlog(there),
            tables.map(history -> history.readAt(lowest)).orElse(plan.names()::includes));
    Map<Lsn, Lsn> found = search.find(places);
    Map<Lsn, ProgressMove.Place> moved = new TreeMap<>();
    for (ProgressMove.Place old : places) {
      moved.put(old.lsn(), new ProgressMove.Place(found.get(old.lsn()), old.gtids()));
    }
    StartPosition start = start(Collections.min(found.values()), places.get(0).gtids());
    ProgressMove.Beside beside =
        on -> {
          if (tables.isPresent()) {
            tables.get().move(on, lowest, found, search.end());
          }
        };
    return new Elsewhere(there.withStart(start, there.copy()), to, moved, beside);
  }

  /** Empty if changes of tables are not followed. */
  private Optional<TableHistory> tables() {
    return plan.options()
        .ddl()
        .map(
            ddl -> new TableHistory(plan.target(), plan.targetSchema(), plan.name(), plan.names()));
  }

  /** For reading beside the sync. */
  static BinlogOptions binlog(SyncPlan plan) {
    BinlogOptions options =
        new BinlogOptions(
                plan.source(),
                plan.serverId(),
                plan.start(),
                plan.names(),
                new LiveSchemaProvider(plan.source(), plan.names().declaredKeys()))
            .withReader(plan.reader());
    return plan.sites().preventsLoops() ? options.withoutSyncs() : options;
  }

  private DtsException noGtids(Read to, Lsn place) {
    boolean nothing = place.equals(Lsn.START);
    return new DtsException(
        DtsError.SOURCE_CHANGED,
        "source "
            + to.address()
            + " is another server ("
            + to.timeline().server()
            + ") than sync "
            + plan.name()
            + " has read ("
            + last.orElseThrow().timeline().server()
            + " at "
            + last.orElseThrow().address()
            + "), and "
            + (nothing
                ? "some of its writers have not stored yet how far they are"
                : "which transactions lie before " + place + " is not known"),
        "name the server it has read, or start with --resync to make the target what this server"
            + " has. On MySQL, fail-over needs gtid_mode = ON, and GTIDs without tags");
  }

  /**
   * A sync that goes on at the source's end, whatever is missing before: on a timeline of its own,
   * so that all of before counts as applied.
   */
  Arrival atItsEnd() {
    List<String> keyless =
        plan.tables().stream()
            .filter(table -> table.schema().key().isEmpty())
            .map(table -> table.schema().id().toString())
            .toList();
    if (plan.target() instanceof HiveServer || !keyless.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          keyless.isEmpty()
              ? "a target of type Hive cannot be compared and mended while it is written"
              : "tables without a key cannot be compared: " + keyless,
          "copy anew: bin/pi sync start FILE --fresh");
    }
    Read to = now(last.map(read -> read.timeline().number()).orElse(0) + 1);
    SyncPlan there = plan.on(to.timeline());
    StartPosition end = new BinlogStarts(binlog(there)).pin(new StartPosition.Latest());
    if (!(end instanceof StartPosition.FileAndPosition place)) {
      throw new IllegalStateException("not pinned: " + end);
    }
    Lsn lsn = Lsn.boundary(to.timeline().file(place.file()), place.position());
    String gtids = place.gtids().isEmpty() ? null : place.gtids();
    Map<Lsn, ProgressMove.Place> moved = new TreeMap<>();
    new ProgressMove(plan.target(), plan.targetSchema(), plan.name())
        .places()
        .forEach(old -> moved.put(old.lsn(), new ProgressMove.Place(lsn, gtids)));
    Optional<TableHistory> tables = tables();
    return new Elsewhere(
        there.withStart(end, there.copy()),
        to,
        moved,
        on -> {
          if (tables.isPresent()) {
            tables.get().forgetUnlessSame(on, plan.tables());
          }
          new RowLocks(plan.target(), plan.targetSchema()).dropAsideUpTo(on, plan.name(), lsn);
        });
  }
}
