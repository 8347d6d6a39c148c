package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.copy.CopyTables;
import io.piplan.dts.copy.TableSeen;
import io.piplan.dts.jdbc.MySqlServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the target is told of tables that leave the copy while it runs. */
class CopyWorkTest {
  private static final TableId OLD = new TableId("shop", "old");
  private static final TableId NEW = new TableId("shop", "new");
  private static final TableId GONE = new TableId("shop", "gone");

  private final Map<TableId, CopyProgress> stored = new HashMap<>();
  private boolean paused;
  private String resting = "";
  private List<CopyLedger.Unfinished> unfinished = List.of();
  private final List<TableId> left = new ArrayList<>();

  /** The tables that are there. */
  private record There(Map<TableId, TableSeen> seen, Duration asking, Set<TableId> awaited)
      implements CopyTables {
    There(Map<TableId, TableSeen> seen, Duration asking) {
      this(seen, asking, Set.of());
    }

    @Override
    public boolean isAwaited(TableId table) {
      return awaited.contains(table);
    }

    @Override
    public Optional<Map<TableId, TableSeen>> tables() {
      return Optional.of(seen);
    }

    @Override
    public CopiedTable table(TableId table) {
      // As it is when the binlog's reader has yet to come to where it was dropped.
      throw new DtsException(DtsError.SOURCE_MISSING_TABLE, table + " is gone", "");
    }
  }

  private final class Ledger implements CopyLedger {
    @Override
    public void prepare() {}

    @Override
    public Map<ChunkId, Long> done(Collection<ChunkId> chunks) {
      return Map.of();
    }

    @Override
    public int nextChunk(TableId table) {
      return 7;
    }

    @Override
    public void store(List<CopyProgress> progress) {
      progress.forEach(table -> stored.put(table.table(), table));
    }

    @Override
    public List<Unfinished> unfinished() {
      return unfinished;
    }

    @Override
    public void leave(List<Unfinished> tables) {
      tables.forEach(table -> left.add(table.table()));
    }

    @Override
    public Control control() {
      return new Control(paused, CopyLimits.NONE);
    }

    @Override
    public void resting(String reason) {
      resting = reason;
    }

    @Override
    public void close() {}
  }

  private static CopyProgress underWay(TableId table) {
    return new CopyProgress(table, 100, 10, 5, 4, 1, false, 0);
  }

  /** Else they would be waited for: _SUCCESS of Hive's tables, and people who look. */
  @Test
  void namesThatAreGoneAreDone() {
    There there = new There(Map.of(NEW, new TableSeen("2", "born")), Duration.ZERO);
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      CopyWork.Answer answer =
          work.round(
              new CopyWork.Request(
                  Set.of(),
                  Map.of(OLD, "born", GONE, "other"),
                  Optional.empty(),
                  Optional.empty(),
                  0,
                  List.of(underWay(OLD), underWay(GONE)),
                  Set.of()));
      assertThat(answer.tables().moved()).containsExactly(new CopyWork.Moved(OLD, NEW, 7));
      assertThat(answer.tables().gone()).containsExactly(GONE);
    }
    assertThat(stored).containsOnlyKeys(OLD, GONE);
    assertThat(stored.values()).allMatch(CopyProgress::done);
    assertThat(stored.values()).allMatch(table -> table.nextChunk() == 7);
  }

  /** Nobody else would ever say that they are done. */
  @Test
  void tablesThatCameAndWentUnseenAreLeft() {
    TableId awaited = new TableId("shop", "awaited");
    There there =
        new There(Map.of(NEW, new TableSeen("2", "other")), Duration.ZERO, Set.of(awaited));
    unfinished =
        Stream.of(OLD, NEW, GONE, awaited)
            .map(table -> new CopyLedger.Unfinished(table, 5))
            .toList();
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      // One that is gone and was known is told of as before.
      work.round(request(underWay(OLD)));
    }
    assertThat(left).containsExactly(GONE);
    assertThat(stored.get(OLD).done()).isTrue();
  }

  private static CopyOptions options(There there) {
    MySqlServer server = new MySqlServer("127.0.0.1", 1, "x", new Secret.EnvSecret("NONE"));
    return CopyOptions.of("s", server, server, "shop", there, (schema, at) -> null, 1);
  }

  private static CopyWork.Request request(CopyProgress progress) {
    return request("born", progress);
  }

  private static CopyWork.Request request(String born, CopyProgress progress) {
    return new CopyWork.Request(
        Set.of(),
        Map.of(OLD, born),
        Optional.empty(),
        Optional.empty(),
        0,
        List.of(progress),
        Set.of(OLD));
  }

  /** Else rows of the other one would be taken for copied. */
  @Test
  void theEndOfACopyIsNotThatOfAnotherTableWithItsName() {
    There there = new There(new HashMap<>(), Duration.ofHours(1));
    there.seen().put(OLD, new TableSeen("1", "born"));
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      work.round(request(underWay(OLD)));
      there.seen().put(OLD, new TableSeen("2", "later"));
      CopyProgress done = new CopyProgress(OLD, 100, 100, 5, 4, 4, true, 0);
      assertThat(work.round(request(done)).tables().others())
          .containsExactly(new CopyWork.Other(OLD, 7, "later"));
      assertThat(stored.get(OLD).done()).isFalse();
      there.seen().put(OLD, new TableSeen("2", "born"));
      work.round(request(done));
      assertThat(stored.get(OLD).done()).isTrue();
    }
  }

  /** A checkpoint from before the sync followed changes of tables doesn't say when one was born. */
  @Test
  void anotherTableIsFoundThoughTheFirstOnesBirthWasNotKnown() {
    There there = new There(new HashMap<>(), Duration.ZERO);
    there.seen().put(OLD, new TableSeen("1", "born"));
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      assertThat(work.round(request("", underWay(OLD))).tables().others()).isEmpty();
      assertThat(work.round(request("", underWay(OLD))).tables().others()).isEmpty();
      there.seen().put(OLD, new TableSeen("2", "later"));
      assertThat(work.round(request("", underWay(OLD))).tables().others())
          .containsExactly(new CopyWork.Other(OLD, 7, "later"));
      assertThat(work.round(request("later", underWay(OLD))).tables().others()).isEmpty();
    }
  }

  /** People are not told that it rests while the source is read on. */
  @Test
  void whatIsReadOnWhileItRestsIsTold() {
    There there = new There(Map.of(OLD, new TableSeen("1", "born")), Duration.ofHours(1));
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      work.round(request(underWay(OLD)));
      assertThat(resting).isEmpty();
    }
    paused = true;
    try (CopyWork work = new CopyWork(options(there), new Ledger())) {
      work.round(request(underWay(OLD)));
      assertThat(resting)
          .isEqualTo("paused; what can only be read in one piece is read to its end: shop.old");
    }
  }
}
