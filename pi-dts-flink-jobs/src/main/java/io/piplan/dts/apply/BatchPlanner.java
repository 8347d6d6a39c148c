package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Groups a batch of changes into steps of as few statements as possible, every change applied and
 * in the order it needs. Pure.
 *
 * <p>Where only the changes of one key must keep their order, the first change of each key goes
 * into a first wave, the second into a second, and so on: within a wave all keys differ, so its
 * rows can share a statement. Elsewhere only runs of neighbours of the same kind can.
 */
final class BatchPlanner {
  private final Map<TableId, AppliedTable> tables;
  private final boolean upsertsByKeyAlone;
  private final Predicate<ChangeEvent> cascades;

  BatchPlanner(
      Map<TableId, AppliedTable> tables,
      boolean upsertsByKeyAlone,
      Predicate<ChangeEvent> cascades) {
    this.tables = tables;
    this.upsertsByKeyAlone = upsertsByKeyAlone;
    this.cascades = cascades;
  }

  List<Step> plan(List<ChangeEvent> changes) {
    Map<Object, List<ChangeEvent>> sequences = new LinkedHashMap<>();
    for (ChangeEvent change : changes) {
      AppliedTable table = tables.get(change.table());
      Object sequence =
          table.order() == AppliedTable.Order.BY_GROUP
              ? AppliedTable.Order.BY_GROUP
              : change.table();
      sequences.computeIfAbsent(sequence, s -> new ArrayList<>()).add(change);
    }
    List<Step> steps = new ArrayList<>();
    for (List<ChangeEvent> sequence : sequences.values()) {
      AppliedTable table = tables.get(sequence.get(0).table());
      if (table.order() == AppliedTable.Order.BY_KEY) {
        waves(table, sequence, steps);
      } else {
        runs(sequence, steps);
      }
    }
    return steps;
  }

  private void waves(AppliedTable table, List<ChangeEvent> changes, List<Step> steps) {
    if (table.mapping().appendOnly()) {
      steps.add(new Step(Step.Kind.INSERT, table, changes));
      return;
    }
    Map<RowKey, Integer> waveOf = new HashMap<>();
    List<Wave> waves = new ArrayList<>();
    for (ChangeEvent change : changes) {
      RowKey key = RowKey.of(table.mapping(), change.keyRow());
      boolean moved =
          change.op() == Op.UPDATE && !table.sql().sameKey(change.before(), change.after());
      if (moved && !key.equals(RowKey.of(table.mapping(), change.after()))) {
        // It touches two keys, and so has a place of its own in the order of both.
        waves.forEach(wave -> wave.addTo(steps, table));
        waves.clear();
        waveOf.clear();
        steps.add(new Step(Step.Kind.UPDATE, table, List.of(change)));
        continue;
      }
      int number = waveOf.merge(key, 0, (before, zero) -> before + 1);
      if (number == waves.size()) {
        waves.add(new Wave());
      }
      waves.get(number).add(change, moved);
    }
    waves.forEach(wave -> wave.addTo(steps, table));
  }

  private void runs(List<ChangeEvent> changes, List<Step> steps) {
    Step run = null;
    Set<RowKey> keys = new HashSet<>();
    for (ChangeEvent change : changes) {
      AppliedTable table = tables.get(change.table());
      Step.Kind kind = kind(table, change);
      boolean fits =
          run != null
              && run.kind() == kind
              && kind != Step.Kind.CASCADE
              && run.table() == table
              && (kind != Step.Kind.UPSERT || keys.add(RowKey.of(table.mapping(), change.after())));
      if (!fits) {
        run = new Step(kind, table, new ArrayList<>());
        steps.add(run);
        keys.clear();
        if (kind == Step.Kind.UPSERT) {
          keys.add(RowKey.of(table.mapping(), change.after()));
        }
      }
      run.changes().add(change);
    }
  }

  private Step.Kind kind(AppliedTable table, ChangeEvent change) {
    if (cascades.test(change)) {
      return Step.Kind.CASCADE;
    }
    if (change.op() == Op.DELETE) {
      return Step.Kind.DELETE;
    }
    boolean upserts = upsertsByKeyAlone && table.sql().upserts();
    if (change.op() == Op.INSERT) {
      return upserts ? Step.Kind.UPSERT : Step.Kind.INSERT;
    }
    return upserts && table.sql().sameKey(change.before(), change.after())
        ? Step.Kind.UPSERT
        : Step.Kind.UPDATE;
  }

  private static final class Wave {
    private final List<ChangeEvent> deletes = new ArrayList<>();
    private final List<ChangeEvent> upserts = new ArrayList<>();
    private final List<ChangeEvent> moves = new ArrayList<>();

    void add(ChangeEvent change, boolean moved) {
      if (change.op() == Op.DELETE) {
        deletes.add(change);
      } else if (moved) {
        moves.add(change);
      } else {
        upserts.add(change);
      }
    }

    void addTo(List<Step> steps, AppliedTable table) {
      addTo(steps, table, Step.Kind.DELETE, deletes);
      addTo(steps, table, Step.Kind.UPSERT, upserts);
      addTo(steps, table, Step.Kind.UPDATE, moves);
    }

    private static void addTo(
        List<Step> steps, AppliedTable table, Step.Kind kind, List<ChangeEvent> changes) {
      if (!changes.isEmpty()) {
        steps.add(new Step(kind, table, changes));
      }
    }
  }
}
