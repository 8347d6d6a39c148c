package io.piplan.dts.job;

import io.piplan.dts.Timeline;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The main of the job jar: runs one sync of a definition on the cluster it is submitted to. {@code
 * bin/pi sync start --flink URL} calls it; so can a Kubernetes FlinkDeployment.
 *
 * <pre>
 * --definition BASE64 | --definition-file PATH   the definition, with secrets as references
 * --definition-name NAME                         what messages call it
 * --sync NAME                                    which of its syncs
 * --plain true                                   instead: its plain statements
 * --checkpoints PATH                             where checkpoints go
 * --start POSITION                               optional: where the binlog begins
 * --timeline "NUMBER SERVER"                     optional: which server of the sync the source is
 * --metadata BASE64                              optional: the document that 'metadata.file' names,
 *                                                if that file is not on the cluster
 * </pre>
 */
public final class SyncMain {
  private SyncMain() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    String name = options.getOrDefault("--definition-name", "definition");
    Definition definition = Definition.parse(name, text(options), SecretLookup.ofProcess());
    if (options.containsKey("--plain")) {
      StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
      PlainJob job = new PlainJob(definition);
      environment.configure(job.settings(checkpoints(options), Optional.empty()));
      job.build(environment, SecretLookup.ofProcess(), new PlainUses(job.name()));
      environment.execute(job.name());
      return;
    }
    String sync = options.getOrDefault("--sync", definition.syncs().get(0).options().name());
    SyncPlan plan = planner(definition, options).plan(DefinitionLauncher.sync(definition, sync));
    if (options.containsKey("--start")) {
      plan = plan.withStart(StartText.parse(options.get("--start")), plan.copy());
    }
    if (options.containsKey("--timeline")) {
      String[] parts = options.get("--timeline").split(" ", 2);
      plan = plan.on(new Timeline(Integer.parseInt(parts[0]), parts[1]));
    }
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment.configure(
        JobSettings.of(
            plan.name(),
            plan.options().checkpointInterval(),
            checkpoints(options),
            Optional.empty()));
    new SyncGraph(plan).build(environment);
    environment.execute(plan.name());
  }

  private static SyncPlanner planner(Definition definition, Map<String, String> options) {
    String metadata = options.get("--metadata");
    return metadata == null
        ? new SyncPlanner(definition)
        : new SyncPlanner(
            definition,
            file ->
                SiteLinks.parse(
                    file,
                    new String(Base64.getDecoder().decode(metadata), StandardCharsets.UTF_8)));
  }

  private static Path checkpoints(Map<String, String> options) {
    return Path.of(options.getOrDefault("--checkpoints", "/tmp/pi-checkpoints"));
  }

  private static String text(Map<String, String> options) throws java.io.IOException {
    if (options.containsKey("--definition-file")) {
      return java.nio.file.Files.readString(Path.of(options.get("--definition-file")));
    }
    return new String(
        Base64.getDecoder().decode(options.get("--definition")), StandardCharsets.UTF_8);
  }
}
