package io.piplan.cli.demo;

/**
 * What a workload did, committed transactions only.
 *
 * @param keyUpdates how many of the updates changed a primary key
 * @param retried transactions that the server ended for a deadlock, done again
 */
public record WorkloadCounts(
    long transactions, long inserts, long updates, long deletes, long keyUpdates, long retried) {
  static final WorkloadCounts NONE = new WorkloadCounts(0, 0, 0, 0, 0, 0);

  public long changes() {
    return inserts + updates + deletes;
  }

  WorkloadCounts plus(WorkloadCounts more) {
    return new WorkloadCounts(
        transactions + more.transactions,
        inserts + more.inserts,
        updates + more.updates,
        deletes + more.deletes,
        keyUpdates + more.keyUpdates,
        retried + more.retried);
  }
}
