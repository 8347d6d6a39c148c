package io.piplan.dts.job;

/**
 * What is remembered of a started sync, so that another process can find, watch, stop and go on
 * with it. Holds no secret: the definition keeps its references.
 *
 * @param fingerprint of the definition the job runs, to find changes against its savepoint
 * @param url REST address of the cluster it was last started on
 * @param jobId Flink's id of the last job
 * @param savepoint path of the savepoint it was stopped with, or empty
 * @param startedFrom savepoint or checkpoint that the job went on from, or empty: what it still
 *     goes on from if it ends before its first checkpoint
 * @param checkpoints directory of the job's checkpoints
 */
record SyncRecord(
    String name,
    String definitionName,
    String definition,
    String fingerprint,
    String url,
    String jobId,
    String savepoint,
    String startedFrom,
    String checkpoints) {
  SyncRecord {
    // Records of earlier versions don't say.
    startedFrom = startedFrom == null ? "" : startedFrom;
  }

  SyncRecord withSavepoint(String path) {
    return new SyncRecord(
        name, definitionName, definition, fingerprint, url, jobId, path, startedFrom, checkpoints);
  }
}
