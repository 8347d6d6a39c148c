package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Timeline;
import io.piplan.dts.sql.Definition;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Brings a planned sync to a Flink. */
interface JobSubmission {
  /**
   * Looks whether there is all that a submission needs; before anything is changed.
   *
   * @throws DtsException {@code FLINK_REFUSED}
   */
  void requireReady();

  /** Submits; returns Flink's id of the job. */
  String submit(DefinitionLauncher.Launch launch, Definition definition, Path checkpoints);

  static JobSubmission to(FlinkRuntime runtime, String url) {
    return runtime instanceof FlinkRuntime.Cluster ? new ByJar(url) : new ByGraph(url);
  }

  /** To a Flink in this process: our classes are there already. */
  record ByGraph(String url) implements JobSubmission {
    @Override
    public void requireReady() {
      // All there is to need is in this process.
    }

    @Override
    public String submit(
        DefinitionLauncher.Launch launch, Definition definition, Path checkpoints) {
      SyncPlan plan = launch.plan();
      Configuration settings =
          JobSettings.of(
              plan.name(), plan.options().checkpointInterval(), checkpoints, launch.restoreFrom());
      URI address = URI.create(url);
      StreamExecutionEnvironment environment =
          StreamExecutionEnvironment.createRemoteEnvironment(
              address.getHost(), address.getPort(), settings);
      new SyncGraph(plan).build(environment);
      try {
        return environment.executeAsync(plan.name()).getJobID().toHexString();
      } catch (Exception e) {
        throw refused(url, e);
      }
    }
  }

  /** To a cluster elsewhere: uploads the job jar, whose main plans the sync there. */
  record ByJar(String url) implements JobSubmission {
    @Override
    public void requireReady() {
      jobJar();
    }

    @Override
    public String submit(
        DefinitionLauncher.Launch launch, Definition definition, Path checkpoints) {
      List<String> more =
          new ArrayList<>(
              List.of(
                  "--sync",
                  launch.plan().name(),
                  "--checkpoints",
                  checkpoints.toString(),
                  "--start",
                  StartText.format(launch.plan().start())));
      Timeline timeline = launch.plan().source().timeline();
      if (!timeline.equals(Timeline.ANY)) {
        more.addAll(List.of("--timeline", timeline.number() + " " + timeline.server()));
      }
      launch
          .plan()
          .sites()
          .document()
          .ifPresent(document -> more.addAll(List.of("--metadata", base64(document.text()))));
      return run(definition, launch.restoreFrom(), more.toArray(String[]::new));
    }

    private static String base64(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Runs our main on the definition; returns Flink's id of the job. */
    String run(Definition definition, Optional<String> restoreFrom, String... more) {
      FlinkRest flink = new FlinkRest(url);
      String jar = flink.upload(jobJar());
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "--definition-name",
                  definition.name(),
                  "--definition",
                  base64(definition.text())));
      arguments.addAll(List.of(more));
      try {
        return flink.run(jar, SyncMain.class.getName(), arguments, restoreFrom);
      } finally {
        flink.delete(jar);
      }
    }

    static Path jobJar() {
      String jar = System.getProperty("pi.job.jar", "");
      if (jar.isEmpty() || !Files.isRegularFile(Path.of(jar))) {
        throw new DtsException(
            DtsError.FLINK_REFUSED,
            "the job jar to upload is not there: " + (jar.isEmpty() ? "pi.job.jar not set" : jar),
            "build it with: mvn -q -DskipTests package");
      }
      return Path.of(jar);
    }
  }

  /** What Flink says is often only in the cause of the cause. */
  static DtsException refused(String url, Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String why = cause == e ? e.getMessage() : e.getMessage() + " " + cause.getMessage();
    return new DtsException(
        DtsError.FLINK_REFUSED,
        "Flink at " + url + " does not take the job: " + why,
        "see the cluster's log for the cause",
        e);
  }
}
