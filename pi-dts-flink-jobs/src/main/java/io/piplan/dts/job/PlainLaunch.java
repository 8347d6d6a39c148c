package io.piplan.dts.job;

import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.PlainFingerprint;
import io.piplan.dts.sql.SecretLookup;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The job of a definition's plain statements, checked and ready to be started. */
final class PlainLaunch {
  private final PlainJob job;
  private final SyncStore store;
  private final String url;
  private final boolean fresh;
  private final Optional<String> restoreFrom;
  private final StreamExecutionEnvironment environment;
  private final boolean remote;
  private final List<PlainSinks.Written> written;
  private final PlainUses uses;
  private final PlainFingerprint fingerprint;

  private PlainLaunch(
      PlainJob job,
      SecretLookup secrets,
      SyncStore store,
      FlinkRuntime runtime,
      String url,
      SyncLauncher.Start start) {
    this.job = job;
    this.store = store;
    this.url = url;
    this.fresh = start == SyncLauncher.Start.FRESH;
    this.remote = runtime instanceof FlinkRuntime.Cluster;
    this.restoreFrom =
        fresh ? Optional.empty() : store.find(job.name()).flatMap(store::restorePoint);
    URI address = URI.create(url);
    this.environment =
        StreamExecutionEnvironment.createRemoteEnvironment(
            address.getHost(), address.getPort(), job.settings(checkpoints(), restoreFrom));
    this.uses = new PlainUses(job.name());
    this.written = job.build(environment, secrets, uses);
    this.fingerprint = job.fingerprint(uses);
  }

  static PlainLaunch prepare(
      PlainJob job,
      SecretLookup secrets,
      SyncStore store,
      FlinkRuntime runtime,
      String url,
      SyncLauncher.Start start) {
    DefinitionLauncher.refuseRunning(job.name(), url);
    PlainLaunch launch = new PlainLaunch(job, secrets, store, runtime, url, start);
    launch.refuseChanged();
    return launch;
  }

  /** State goes back to its place whatever the statements say: only they can be compared. */
  private void refuseChanged() {
    if (restoreFrom.isPresent()) {
      store
          .find(job.name())
          .map(SyncRecord::fingerprint)
          // Records of earlier builds have none.
          .filter(before -> !before.isEmpty())
          .ifPresent(before -> PlainFingerprint.decode(before).checkSame(fingerprint));
    }
  }

  PlainUses uses() {
    return uses;
  }

  /** Returns the job's name. */
  String start(Definition definition) {
    if (fresh) {
      for (PlainSinks.Written insert : written) {
        TargetState.of(insert.server(), insert.schema()).forget(insert.sync());
      }
    }
    String jobId = remote ? submitJar(definition) : submitGraph();
    store.save(
        new SyncRecord(
            job.name(),
            definition.name(),
            definition.text(),
            fingerprint.encode(),
            url,
            jobId,
            "",
            restoreFrom.orElse(""),
            checkpoints().toString()));
    return job.name();
  }

  private String submitJar(Definition definition) {
    return new JobSubmission.ByJar(url)
        .run(definition, restoreFrom, "--plain", "true", "--checkpoints", checkpoints().toString());
  }

  private String submitGraph() {
    try {
      return environment.executeAsync(job.name()).getJobID().toHexString();
    } catch (Exception e) {
      throw JobSubmission.refused(url, e);
    }
  }

  private Path checkpoints() {
    return store.checkpoints(job.name());
  }
}
