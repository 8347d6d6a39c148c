package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What can be said about the Docker and Kubernetes files where neither runs. */
class DeploymentFilesTest {
  private static final Path FOLDER = Path.of("..", "deploy", "flink");

  @Test
  void composeStartsOneImageAsBothRoles() throws IOException {
    Map<?, ?> compose = (Map<?, ?>) documents("docker-compose.yml").get(0);
    Map<?, ?> jobManager = map(compose, "services", "jobmanager");
    Map<?, ?> taskManager = map(compose, "services", "taskmanager");

    assertThat(jobManager.get("command")).isEqualTo("jobmanager");
    assertThat(taskManager.get("command")).isEqualTo("taskmanager");
    assertThat(taskManager.get("image")).isEqualTo(jobManager.get("image"));
    assertThat((List<?>) jobManager.get("ports"))
        .as("nobody outside this machine may submit jobs")
        .allMatch(port -> port.toString().startsWith("127.0.0.1:"));
    assertThat(map(compose, "volumes").keySet().toString()).isEqualTo("[data]");
    for (Map<?, ?> service : List.of(jobManager, taskManager)) {
      assertThat((List<?>) service.get("volumes")).hasToString("[data:/data]");
      assertThat(
              new Yaml(new SafeConstructor(new LoaderOptions()))
                  .<Map<?, ?>>load(map(service, "environment").get("FLINK_PROPERTIES").toString()))
          .extracting(m -> m.get("jobmanager.rpc.address"))
          .isEqualTo("jobmanager");
    }
    Map<?, ?> build = map(jobManager, "build");
    assertThat(
            FOLDER
                .resolve(build.get("context").toString())
                .resolve(build.get("dockerfile").toString()))
        .exists();
  }

  @Test
  void theOperatorsManifestHasWhatItsSchemaDemands() throws IOException {
    List<Object> documents = documents("kubernetes.yaml");
    Map<?, ?> claim = (Map<?, ?>) documents.get(0);
    Map<?, ?> deployment = (Map<?, ?>) documents.get(1);
    Map<?, ?> spec = map(deployment, "spec");

    assertThat(deployment.get("apiVersion")).isEqualTo("flink.apache.org/v1beta1");
    assertThat(deployment.get("kind")).isEqualTo("FlinkDeployment");
    assertThat(spec.get("flinkVersion")).isEqualTo("v1_20");
    assertThat(spec.get("mode")).isIn("native", "standalone");
    assertThat(map(spec, "flinkConfiguration").values())
        .as("the operator's schema allows strings only")
        .allMatch(String.class::isInstance);
    for (String role : List.of("jobManager", "taskManager")) {
      Map<?, ?> resource = map(spec, role, "resource");
      assertThat(resource.get("memory")).asString().matches("\\d+[mg]");
      assertThat(resource.get("cpu")).isInstanceOf(Number.class);
    }
    Map<?, ?> pod = map(spec, "podTemplate", "spec");
    Map<?, ?> container = (Map<?, ?>) ((List<?>) pod.get("containers")).get(0);
    assertThat(container.get("name")).isEqualTo("flink-main-container");
    Map<?, ?> volume = (Map<?, ?>) ((List<?>) pod.get("volumes")).get(0);
    Map<?, ?> mount = (Map<?, ?>) ((List<?>) container.get("volumeMounts")).get(0);
    assertThat(mount.get("name")).isEqualTo(volume.get("name"));
    assertThat(map(volume, "persistentVolumeClaim").get("claimName"))
        .isEqualTo(map(claim, "metadata").get("name"));
  }

  /** The schema as the operator itself brings it to Kubernetes. */
  @Test
  void theOperatorsManifestFitsItsSchema() throws IOException {
    ManifestSchema spec = deploymentSchema();
    Map<?, ?> deployment = (Map<?, ?>) documents("kubernetes.yaml").get(1);

    assertThat(spec.problems(deployment.get("spec"))).isEmpty();
    assertThat(deployment.keySet().toString()).isEqualTo("[apiVersion, kind, metadata, spec]");
    // What it would say to mistakes.
    Map<?, ?> wrong =
        (Map<?, ?>)
            yaml()
                .load(
                    "{flinkVersion: v9_9, mode: native, taskManager: {replica: 2, resource: {cpu: x}},"
                        + " flinkConfiguration: {a: 1}, podTemplate: {spec: {containers: {}}}}");
    assertThat(spec.problems(wrong))
        .hasSize(5)
        .anyMatch(p -> p.startsWith(".flinkVersion: found v9_9, expected one of"))
        .contains(
            ".taskManager.replica: no such field",
            ".taskManager.resource.cpu: found x, expected number",
            ".flinkConfiguration.a: found 1, expected string",
            ".podTemplate.spec.containers: found {}, expected array");
  }

  private static ManifestSchema deploymentSchema() throws IOException {
    String file = "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";
    try (InputStream definition = DeploymentFilesTest.class.getResourceAsStream(file)) {
      return ManifestSchema.of((Map<?, ?>) yaml().load(definition), "v1beta1").field("spec");
    }
  }

  /** By hand, since Docker publishes its schema nowhere that a build could get it. */
  @Test
  void composeUsesOnlyWhatComposeKnows() throws IOException {
    Map<?, ?> compose = (Map<?, ?>) documents("docker-compose.yml").get(0);
    assertThat(compose.keySet().toString()).isEqualTo("[name, x-flink, services, volumes]");
    for (Object service : ((Map<?, ?>) compose.get("services")).values()) {
      Map<String, Object> fields = new TreeMap<>();
      ((Map<?, ?>) service).forEach((name, value) -> fields.put((String) name, value));
      assertThat(fields.keySet())
          .isSubsetOf(
              "build",
              "command",
              "depends_on",
              "env_file",
              "environment",
              "healthcheck",
              "image",
              "ports",
              "restart",
              "volumes");
      assertThat(fields.get("restart")).isIn("no", "always", "on-failure", "unless-stopped");
      if (fields.containsKey("healthcheck")) {
        Map<?, ?> check = (Map<?, ?>) fields.get("healthcheck");
        assertThat(check.keySet().toString()).isEqualTo("[test, interval, timeout, retries]");
        assertThat(((List<?>) check.get("test")).get(0)).isIn("CMD", "CMD-SHELL");
        assertThat(List.of(check.get("interval"), check.get("timeout")))
            .allMatch(time -> time.toString().matches("\\d+s"));
      }
      if (fields.containsKey("depends_on")) {
        assertThat(map((Map<?, ?>) fields.get("depends_on"), "jobmanager"))
            .hasToString("{condition=service_healthy}");
      }
    }
  }

  @Test
  void imagesHaveTheFlinkThatTheJobIsBuiltWith() throws IOException {
    String pom = Files.readString(Path.of("..", "pom.xml"), StandardCharsets.UTF_8);
    String version = pom.replaceAll("(?s).*<flink.version>(.*?)</flink.version>.*", "$1");
    assertThat(Files.readString(FOLDER.resolve("Dockerfile"), StandardCharsets.UTF_8))
        .contains("FROM flink:" + version + "-java17");
  }

  private static List<Object> documents(String file) throws IOException {
    List<Object> all = new ArrayList<>();
    yaml()
        .loadAll(Files.readString(FOLDER.resolve(file), StandardCharsets.UTF_8))
        .forEach(all::add);
    return all;
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(16 << 20);
    return new Yaml(new SafeConstructor(options));
  }

  private static Map<?, ?> map(Map<?, ?> from, String... path) {
    Map<?, ?> current = from;
    for (String key : path) {
      assertThat(current.get(key)).as(key).isInstanceOf(Map.class);
      current = (Map<?, ?>) current.get(key);
    }
    return current;
  }
}
