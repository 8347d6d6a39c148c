package io.piplan.dts.flink;

import io.piplan.dts.verify.DiffPart;
import io.piplan.dts.verify.DiffPlan;
import io.piplan.dts.verify.DiffPlanner;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** Cuts a diff into parts once, and gives them to readers. */
final class DiffEnumerator implements SplitEnumerator<DiffSplit, DiffPlanState> {
  private final SplitEnumeratorContext<DiffSplit> context;
  private final DiffJobOptions job;
  private final ArrayDeque<DiffSplit> waiting;
  private final ArrayDeque<Integer> idle = new ArrayDeque<>();
  private boolean planned;

  DiffEnumerator(
      SplitEnumeratorContext<DiffSplit> context, DiffJobOptions job, DiffPlanState state) {
    this.context = context;
    this.job = job;
    this.planned = state.planned();
    this.waiting = new ArrayDeque<>(state.waiting());
  }

  @Override
  public void start() {
    if (!planned) {
      context.callAsync(this::plan, this::planned);
    }
  }

  private DiffPlan plan() {
    try (DiffPlanner planner = new DiffPlanner(job.a(), job.b(), job.options())) {
      return planner.plan();
    }
  }

  private void planned(DiffPlan plan, Throwable failure) {
    if (failure instanceof RuntimeException runtime) {
      throw Failures.of(runtime);
    }
    if (failure != null) {
      throw new IllegalStateException("planning the diff failed", failure);
    }
    planned = true;
    for (DiffPart part : plan.parts()) {
      waiting.add(new DiffSplit(part, plan.parts().size(), plan.estimatedRows()));
    }
    give();
  }

  private void give() {
    while (planned && !idle.isEmpty()) {
      int reader = idle.poll();
      if (!context.registeredReaders().containsKey(reader)) {
        continue;
      }
      DiffSplit split = waiting.poll();
      if (split == null) {
        context.signalNoMoreSplits(reader);
      } else {
        context.assignSplit(split, reader);
      }
    }
  }

  @Override
  public void handleSplitRequest(int reader, String host) {
    idle.add(reader);
    give();
  }

  @Override
  public void addSplitsBack(List<DiffSplit> splits, int reader) {
    splits.forEach(waiting::addFirst);
    give();
  }

  @Override
  public void addReader(int reader) {
    idle.removeIf(other -> other == reader);
  }

  @Override
  public DiffPlanState snapshotState(long checkpointId) {
    return new DiffPlanState(planned, List.copyOf(waiting));
  }

  @Override
  public void close() {}
}
