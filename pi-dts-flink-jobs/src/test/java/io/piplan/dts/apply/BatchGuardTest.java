package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.meta.RowVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Histories of a few rows, written by zones that take turns, arrive in every order that links and
 * replays can make. A model of the target goes by what the guard decides.
 */
class BatchGuardTest {
  private static final Column ID = Column.of("id", ColumnType.BIGINT, "bigint", false);
  private static final Column VERSION = Column.of("pidal_c", ColumnType.BIGINT, "bigint", false);
  private static final Column V = Column.of("v", ColumnType.INT, "int", true);
  private static final TableId TABLE = new TableId("src", "t");
  private static final int KEYS = 3;

  private static GuardedTable guarded(boolean versions) {
    List<Column> columns = List.of(ID, VERSION, V);
    TableSchema schema =
        new TableSchema(
            TABLE,
            columns,
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    List<MappedColumn> mapped = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      mapped.add(new MappedColumn(i, columns.get(i), columns.get(i).name(), "bigint"));
    }
    TableMapping mapping =
        new TableMapping(schema, "dst", "t", mapped, mapped.subList(0, 1), false);
    GuardOptions options =
        new GuardOptions(
            versions ? new VersionChoice("auto", Map.of()) : VersionChoice.NOTHING,
            true,
            false,
            false,
            1,
            TombstoneChoice.NONE);
    return GuardedTable.of(
        new AppliedTable(mapping, new TableSql(new MySqlDialect(), mapping, true), "PRIMARY"),
        options);
  }

  private static Row row(long id, long version, int v) {
    return Row.of(Long.toString(id), Long.toString(version), Integer.toString(v));
  }

  private static ChangeEvent change(long position, Row before, Row after) {
    Op op = before == null ? Op.INSERT : after == null ? Op.DELETE : Op.UPDATE;
    return new ChangeEvent(
        TABLE, 0, op, before, after, new Lsn("b.1", position, 1, 1), Lsn.START, 0);
  }

  private static long clock(Row row) {
    return RowVersion.decode(Long.parseLong(row.text(1))).clock();
  }

  /** Rows, tombstones and locks; fails when a row goes back. */
  private static final class Target implements BatchGuard.Looks {
    private final GuardedTable table;
    private final boolean verifies;
    private final Map<String, Row> rows = new TreeMap<>();
    private final Map<String, String> tombstones = new HashMap<>();
    private final Map<String, Long> newest = new HashMap<>();
    private final Set<String> locked = new HashSet<>();
    private final List<ChangeEvent> aside = new ArrayList<>();
    private final List<BatchGuard.Refusal> refused = new ArrayList<>();
    private Map<String, FoundRow> found = Map.of();
    private boolean ofBinlog;
    private long stale;

    Target(boolean versions, boolean verifies) {
      this.table = guarded(versions);
      this.verifies = verifies;
    }

    void apply(List<ChangeEvent> batch, VersionRule.Origin origin) {
      found = new HashMap<>();
      ofBinlog = origin == VersionRule.Origin.BINLOG;
      for (ChangeEvent change : batch) {
        see(change.keyRow(), change.before(), change.after());
        if (change.after() != null) {
          see(change.after(), null, change.after());
        }
      }
      BatchGuard.Outcome outcome = new BatchGuard(origin, this).decide(batch);
      outcome.applied.forEach(this::put);
      for (BatchGuard.Refusal refusal : outcome.refused) {
        refused.add(refusal);
        locked.add(refusal.change().keyRow().text(0));
      }
      aside.addAll(outcome.aside);
      outcome.buried.values().forEach(tombstones::putAll);
      stale += outcome.stale;
    }

    private void see(Row key, Row before, Row after) {
      Row row = rows.get(key.text(0));
      if (found.containsKey(key.text(0))) {
        return;
      }
      FoundRow seen = FoundRow.missing();
      if (row != null) {
        seen = FoundRow.there(table.hasVersion() ? row.value(1) : null);
        seen.compared(
            row,
            before != null && table.match().same(before, row),
            after != null && table.match().same(after, row));
      } else if (table.hasVersion()) {
        String grave = tombstones.get(RowIdentity.exact(table.mapping().source(), key));
        if (grave != null) {
          seen.buried(grave);
        }
      }
      found.put(key.text(0), seen);
    }

    private void put(ChangeEvent change) {
      if (change.before() != null) {
        rows.remove(change.before().text(0));
      }
      if (change.after() != null) {
        String key = change.after().text(0);
        if (table.hasVersion()) {
          assertThat(clock(change.after()))
              .as("clock of row %s (I3)", key)
              .isGreaterThanOrEqualTo(newest.getOrDefault(key, -1L));
          newest.put(key, clock(change.after()));
        }
        rows.put(key, change.after());
      } else if (table.hasVersion()) {
        newest.merge(change.before().text(0), clock(change.before()), Math::max);
      }
    }

    @Override
    public GuardedTable table(TableId id) {
      return table;
    }

    @Override
    public boolean reads(GuardedTable t) {
      return true;
    }

    @Override
    public boolean verifies(GuardedTable t) {
      return verifies && ofBinlog;
    }

    @Override
    public boolean isLocked(GuardedTable t, Row row) {
      return locked.contains(row.text(0));
    }

    @Override
    public FoundRow found(GuardedTable t, Row row) {
      return found.get(row.text(0));
    }
  }

  /** Changes of a few keys in the order in which they happened, and the rows at the end. */
  private static final class History {
    private final Random random;
    private final Map<Long, Row> rows = new TreeMap<>();
    private final List<ChangeEvent> changes = new ArrayList<>();
    private final List<Integer> zones = new ArrayList<>();
    private long clock = 1;

    History(long seed) {
      random = new Random(seed);
    }

    History run(int steps, int zonesThere) {
      int zone = 1;
      for (int i = 0; i < steps; i++) {
        if (random.nextInt(8) == 0) {
          zone = 1 + random.nextInt(zonesThere);
        }
        long id = random.nextInt(KEYS);
        Row before = rows.get(id);
        clock += random.nextInt(3) + 1;
        long version = new RowVersion(zone, clock, false).encode();
        Row after = row(id, version, i);
        if (before != null && random.nextInt(3) == 0) {
          if (random.nextInt(3) == 0) {
            move(id, before, version, i);
          } else {
            add(zone, before, null);
            rows.remove(id);
          }
          zonesUpTo(zone);
          continue;
        }
        add(zone, before, after);
        rows.put(id, after);
      }
      return this;
    }

    private void zonesUpTo(int zone) {
      while (zones.size() < changes.size()) {
        zones.add(zone);
      }
    }

    private void move(long id, Row before, long version, int v) {
      long to = random.nextInt(KEYS);
      if (rows.containsKey(to)) {
        return;
      }
      Row after = row(to, version, v);
      changes.add(change(changes.size() + 1, before, after));
      rows.remove(id);
      rows.put(to, after);
    }

    private void add(int zone, Row before, Row after) {
      changes.add(change(changes.size() + 1, before, after));
      zonesUpTo(zone);
    }

    Map<String, Row> end() {
      Map<String, Row> end = new TreeMap<>();
      rows.forEach((id, row) -> end.put(id.toString(), row));
      return end;
    }
  }

  private static void inBatches(Target target, List<ChangeEvent> changes, Random random) {
    int at = 0;
    while (at < changes.size()) {
      int end = Math.min(changes.size(), at + 1 + random.nextInt(6));
      target.apply(changes.subList(at, end), VersionRule.Origin.BINLOG);
      at = end;
    }
  }

  /** Nothing is remembered of what was applied but the rows and tombstones themselves. */
  @Property(tries = 400)
  void replaysFromAnywhereChangeNothing(@ForAll long seed) {
    History history = new History(seed).run(60, 1);
    Random random = new Random(seed);
    Target target = new Target(true, false);
    int done = 0;
    while (done < history.changes.size()) {
      int from = random.nextInt(done + 1);
      done = Math.min(history.changes.size(), Math.max(done, from + random.nextInt(25)) + 1);
      inBatches(target, history.changes.subList(from, done), random);
    }
    assertThat(target.rows).isEqualTo(history.end());
    Map<String, Row> before = new TreeMap<>(target.rows);
    inBatches(target, history.changes, random);
    assertThat(target.rows).isEqualTo(before);
    assertThat(target.refused).isEmpty();
    assertThat(target.aside).isEmpty();
  }

  /** Each zone's changes come in order, but by links of their own, each at its own speed. */
  @Property(tries = 400)
  void theNewestWinsInWhateverOrderLinksBringIt(@ForAll long seed) {
    History history = new History(seed).run(60, 3);
    Random random = new Random(seed);
    Target target = new Target(true, false);
    int[] next = new int[4];
    List<List<ChangeEvent>> links = new ArrayList<>();
    for (int zone = 0; zone < 4; zone++) {
      links.add(new ArrayList<>());
    }
    for (int i = 0; i < history.changes.size(); i++) {
      links.get(history.zones.get(i)).add(history.changes.get(i));
    }
    boolean more = true;
    while (more) {
      more = false;
      for (int zone = 1; zone < 4; zone++) {
        List<ChangeEvent> link = links.get(zone);
        int end = Math.min(link.size(), next[zone] + random.nextInt(8));
        target.apply(link.subList(next[zone], end), VersionRule.Origin.BINLOG);
        next[zone] = end;
        more |= end < link.size();
      }
    }
    assertThat(target.rows).isEqualTo(history.end());
  }

  /** In order, nothing is ever held for a conflict: with versions and without. */
  @Property(tries = 200)
  void whatComesInOrderIsNeverAConflict(@ForAll long seed, @ForAll boolean versions) {
    History history = new History(seed).run(60, 3);
    Target target = new Target(versions, true);
    inBatches(target, history.changes, new Random(seed));
    assertThat(target.rows).isEqualTo(history.end());
    assertThat(target.refused).isEmpty();
    assertThat(target.stale).isZero();
  }

  /** A row changed by hand is locked at its next change, all others go on, a release mends it. */
  @Property(tries = 200)
  void aRowChangedByHandIsLockedAndNoOther(@ForAll long seed, @ForAll boolean versions) {
    History history = new History(seed).run(80, 1);
    Random random = new Random(seed);
    Target target = new Target(versions, true);
    int half = history.changes.size() / 2;
    inBatches(target, history.changes.subList(0, half), random);
    List<String> there = List.copyOf(target.rows.keySet());
    if (there.isEmpty()) {
      return;
    }
    String victim = there.get(random.nextInt(there.size()));
    Row was = target.rows.get(victim);
    boolean removed = random.nextBoolean();
    if (removed) {
      target.rows.remove(victim);
    } else {
      target.rows.put(victim, Row.of(victim, was.text(1), "-1"));
    }
    inBatches(target, history.changes.subList(half, history.changes.size()), random);
    Map<String, Row> end = history.end();
    for (long id = 0; id < KEYS; id++) {
      String key = Long.toString(id);
      if (!key.equals(victim) && !target.locked.contains(key)) {
        assertThat(target.rows.get(key)).as("row %s", key).isEqualTo(end.get(key));
      }
    }
    assertThat(target.refused.stream().allMatch(r -> r.change().keyRow().text(0).equals(victim)))
        .isTrue();
    boolean touched =
        history.changes.subList(half, history.changes.size()).stream()
            .anyMatch(c -> c.before() != null && c.before().text(0).equals(victim));
    boolean noticed = touched && (!removed || versionsNotice(history, half, victim));
    assertThat(target.locked.contains(victim)).isEqualTo(noticed);
    List<ChangeEvent> kept = List.copyOf(target.aside);
    target.locked.clear();
    target.aside.clear();
    target.apply(kept, VersionRule.Origin.ASIDE);
    if (touched) {
      assertThat(target.rows).isEqualTo(end);
    }
  }

  /** A delete of what is gone agrees with it; the next change that needs the row does not. */
  private static boolean versionsNotice(History history, int half, String victim) {
    for (ChangeEvent change : history.changes.subList(half, history.changes.size())) {
      if (change.before() != null && change.before().text(0).equals(victim)) {
        return change.op() == Op.UPDATE && change.after().text(0).equals(victim);
      }
    }
    return false;
  }

  /** As all sites order them, so that all end with the same row whatever comes first. */
  @Test
  void ofTwoZonesAtOneClockTheOneWithTheHigherIdWins() {
    Target target = new Target(true, false);
    long here = new RowVersion(1, 5, false).encode();
    long there = new RowVersion(2, 5, false).encode();
    target.apply(List.of(change(1, null, row(1, here, 1))), VersionRule.Origin.BINLOG);
    target.apply(
        List.of(
            change(2, row(1, new RowVersion(2, 4, false).encode(), 0), row(1, there, 2)),
            change(3, row(1, there, 2), row(1, new RowVersion(2, 6, false).encode(), 3))),
        VersionRule.Origin.BINLOG);
    assertThat(target.refused).isEmpty();
    assertThat(target.rows.get("1")).isEqualTo(row(1, new RowVersion(2, 6, false).encode(), 3));
    Target other = new Target(true, false);
    other.apply(List.of(change(1, null, row(1, there, 2))), VersionRule.Origin.BINLOG);
    other.apply(List.of(change(2, null, row(1, here, 1))), VersionRule.Origin.BINLOG);
    assertThat(other.rows.get("1")).isEqualTo(row(1, there, 2));
    assertThat(other.refused).isEmpty();
  }

  @Test
  void aRowLockedBySomebodyElseIsLeftAlone() {
    Target target = new Target(true, false);
    long locked = new RowVersion(1, 5, true).encode();
    target.rows.put("1", row(1, locked, 1));
    ChangeEvent update =
        change(2, row(1, locked, 1), row(1, new RowVersion(1, 6, false).encode(), 2));
    target.apply(List.of(update), VersionRule.Origin.BINLOG);
    assertThat(target.aside).containsExactly(update);
    assertThat(target.refused).isEmpty();
  }

  @Test
  void theSourcesOwnLockStaysThere() {
    Target target = new Target(true, false);
    target.apply(
        List.of(change(2, null, row(1, new RowVersion(1, 6, true).encode(), 2))),
        VersionRule.Origin.BINLOG);
    assertThat(target.rows.get("1")).isEqualTo(row(1, new RowVersion(1, 6, false).encode(), 2));
  }

  @Test
  void writesThatLeaveTheVersionAsItIsGoByTheSourcesOrder() {
    Target target = new Target(true, false);
    long version = new RowVersion(1, 6, false).encode();
    target.apply(
        List.of(
            change(1, null, row(1, version, 1)), change(2, row(1, version, 1), row(1, version, 2))),
        VersionRule.Origin.BINLOG);
    target.apply(
        List.of(change(3, row(1, version, 2), row(1, version, 3))), VersionRule.Origin.BINLOG);
    assertThat(target.rows.get("1")).isEqualTo(row(1, version, 3));
  }

  @Test
  void aCopiedRowMendsItsOwnVersionAndNoNewerOne() {
    Target target = new Target(true, true);
    long version = new RowVersion(1, 6, false).encode();
    target.rows.put("1", row(1, version, 1));
    target.rows.put("2", row(2, new RowVersion(1, 9, false).encode(), 1));
    target.apply(
        List.of(change(0, null, row(1, version, 7)), change(0, null, row(2, version, 7))),
        VersionRule.Origin.COPY);
    assertThat(target.rows.get("1")).isEqualTo(row(1, version, 7));
    assertThat(target.rows.get("2").text(2)).isEqualTo("1");
    assertThat(target.stale).isEqualTo(1);
    assertThat(target.refused).isEmpty();
  }
}
