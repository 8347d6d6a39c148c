package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A target in memory with transactions and progress rows, which remembers every value a row has
 * taken. Rows are {@code (key, version)}; a row's version at the source only grows, through deletes
 * too, so going back is seen at once (I3).
 */
final class MemoryTarget {
  private record ProgressRow(int first, int end, long epoch, Lsn applied) {}

  private final Map<String, ProgressRow> progress = new HashMap<>();
  private long freshMillis;
  private long heartbeatMillis;
  private final Map<String, Integer> rows = new TreeMap<>();
  private final Map<String, Integer> highest = new HashMap<>();
  private final Map<String, List<Integer>> history = new HashMap<>();
  private final Set<String> chunkParts = new HashSet<>();
  private final List<String> deadLetters = new ArrayList<>();
  private final List<String> conflicts = new ArrayList<>();
  private Predicate<ChangeEvent> refused = change -> false;
  private Predicate<ChangeEvent> disowned = change -> false;
  private int failNextCommits;
  private int tidied;

  Map<String, Integer> rows() {
    return rows;
  }

  /** Somebody else writes, or takes a row away with null. */
  void damage(String key, Integer version) {
    if (version == null) {
      rows.remove(key);
    } else {
      rows.put(key, version);
    }
  }

  List<Integer> history(String key) {
    return history.getOrDefault(key, List.of());
  }

  boolean done(ChunkId chunk, int writers) {
    for (int w = 0; w < writers; w++) {
      if (!chunkParts.contains(chunk + "/" + writers + "/" + w)) {
        return false;
      }
    }
    return true;
  }

  /** Changes that no session accepts. */
  void refuse(Predicate<ChangeEvent> changes) {
    refused = changes;
  }

  /** Changes that the source's site should not have made. */
  void disown(Predicate<ChangeEvent> changes) {
    disowned = changes;
  }

  List<String> deadLetters() {
    return deadLetters;
  }

  List<String> conflicts() {
    return conflicts;
  }

  /** The next commits lose a deadlock. */
  void failCommits(int times) {
    failNextCommits = times;
  }

  /** How often a session was told that it may forget something. */
  int tidied() {
    return tidied;
  }

  /** What a writer finds that takes over. */
  void isAsOf(long fresh, long heartbeat) {
    freshMillis = fresh;
    heartbeatMillis = heartbeat;
  }

  TargetSession open() {
    return new Session();
  }

  private final class Session implements TargetSession {
    private final List<Runnable> transaction = new ArrayList<>();
    private String row;
    private long epoch;

    @Override
    public void prepare() {}

    @Override
    public LaneProgress takeOver(String sync, int writer, int writers, Set<String> prepared) {
      int first = Lanes.first(writer, writers);
      int end = Lanes.end(writer, writers);
      Lsn[] applied = new Lsn[end - first];
      Arrays.fill(applied, Lsn.START);
      for (Map.Entry<String, ProgressRow> entry : progress.entrySet()) {
        ProgressRow other = entry.getValue();
        for (int lane = Math.max(first, other.first); lane < Math.min(end, other.end); lane++) {
          applied[lane - first] = Lsn.max(applied[lane - first], other.applied);
        }
        if (other.first < end && first < other.end) {
          entry.setValue(new ProgressRow(other.first, other.end, other.epoch + 1, other.applied));
        }
      }
      row = writers + "/" + writer;
      LaneProgress result = new LaneProgress(first, applied, null, freshMillis, heartbeatMillis);
      progress.putIfAbsent(row, new ProgressRow(first, end, 1, result.lowest()));
      epoch = progress.get(row).epoch;
      return result;
    }

    @Override
    public void tidy() {
      tidied++;
    }

    @Override
    public void map(TableMapping mapping) {}

    @Override
    public void abort() {}

    @Override
    public boolean isConflict(ChangeEvent change) {
      return disowned.test(change);
    }

    @Override
    public void apply(List<ChangeEvent> changes) {
      for (ChangeEvent change : changes) {
        if (disowned.test(change)) {
          conflict(change, ConflictKind.NOT_OWNER, "" + change.lsn());
          continue;
        }
        if (refused.test(change)) {
          throw new DtsException(DtsError.TARGET_BAD_ROW, "refused " + change.lsn(), "none");
        }
        String key = change.keyRow().text(0);
        Integer version = change.after() == null ? null : Integer.valueOf(change.after().text(1));
        int seen = version == null ? Integer.parseInt(change.before().text(1)) : version;
        transaction.add(() -> put(key, version, seen));
      }
    }

    @Override
    public void applyOrUndo(List<ChangeEvent> changes) {
      int before = transaction.size();
      try {
        apply(changes);
      } catch (DtsException e) {
        transaction.subList(before, transaction.size()).clear();
        throw e;
      }
    }

    @Override
    public Optional<String> prepared() {
      return Optional.empty();
    }

    @Override
    public void commitPrepared() {
      throw new IllegalStateException("there are no two phases here");
    }

    @Override
    public void load(TableMapping mapping, PackedRows copied) {
      for (Row copy : copied.unpack()) {
        int version = Integer.parseInt(copy.text(1));
        transaction.add(() -> put(copy.text(0), version, version));
      }
    }

    private void put(String key, Integer version, int seen) {
      assertThat(seen)
          .as("version of %s (I3)", key)
          .isGreaterThanOrEqualTo(highest.getOrDefault(key, 0));
      highest.put(key, seen);
      if (version == null) {
        rows.remove(key);
      } else {
        rows.put(key, version);
        history.computeIfAbsent(key, k -> new ArrayList<>()).add(version);
      }
    }

    @Override
    public List<AgainBatch.Refused> put(TableMapping mapping, PackedRows copied) {
      load(mapping, copied);
      return List.of();
    }

    @Override
    public void remove(TableMapping mapping, PackedRows keys) {
      for (Row key : keys.unpack()) {
        transaction.add(() -> removeExtra(key.text(0)));
      }
    }

    /**
     * What only the target has was put there by somebody else: changes leave the newest version.
     */
    private void removeExtra(String key) {
      Integer found = rows.remove(key);
      assertThat(found != null && found.equals(highest.get(key)))
          .as("row %s was deleted though the source has it again (I8)", key)
          .isFalse();
    }

    @Override
    public void refusedAgain(CopyBatch batch, List<AgainBatch.Refused> refused) {
      assertThat(refused).isEmpty();
    }

    @Override
    public void clear(TableMapping mapping) {
      transaction.add(rows::clear);
    }

    @Override
    public void chunkPartDone(CopyEnd end) {
      transaction.add(() -> chunkParts.add(end.chunk() + "/" + end.writers() + "/" + end.writer()));
    }

    @Override
    public void deadLetter(ChangeEvent change, String reason) {
      transaction.add(() -> deadLetters.add(reason));
    }

    @Override
    public void conflict(ChangeEvent change, ConflictKind kind, String reason) {
      transaction.add(() -> conflicts.add(kind + " " + reason));
    }

    @Override
    public void commit(WriterProgress stored) {
      Lsn position = stored.position();
      if (failNextCommits > 0) {
        failNextCommits--;
        throw new DtsException(DtsError.TARGET_FAILED, "deadlock", "try again");
      }
      ProgressRow mine = progress.get(row);
      if (mine.epoch != epoch) {
        transaction.clear();
        throw new DtsException(DtsError.TARGET_FENCED, "another writer took over", "none");
      }
      assertThat(position).isGreaterThanOrEqualTo(mine.applied);
      transaction.forEach(Runnable::run);
      transaction.clear();
      progress.put(row, new ProgressRow(mine.first, mine.end, epoch, position));
    }

    @Override
    public void rollback() {
      transaction.clear();
    }

    @Override
    public void close() {
      transaction.clear();
    }
  }
}
