package io.piplan.dts.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The few calls of Flink's REST interface that syncs need. See the Flink documentation, "REST API".
 * Thread-safe.
 */
final class FlinkRest {
  /** A job as the overview has it. */
  record Job(String id, String name, String state) {
    boolean isRunning() {
      return switch (state) {
        case "RUNNING", "CREATED", "INITIALIZING", "RESTARTING", "RECONCILING" -> true;
        default -> false;
      };
    }
  }

  private static final Set<String> SCHEMES = Set.of("http", "https");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration SAVEPOINT_TIMEOUT = Duration.ofMinutes(10);

  /** As {@code DtsException} begins its message. */
  private static final Pattern OUR_ERROR = Pattern.compile("\\bPI-\\d{4} ");

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper json = new ObjectMapper();
  private final String url;

  /**
   * @throws DtsException {@code DEFINITION_BAD_OPTION} if it is no address at all
   */
  FlinkRest(String url) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    requireAddress(this.url);
  }

  private static void requireAddress(String url) {
    try {
      URI address = new URI(url);
      if (SCHEMES.contains(String.valueOf(address.getScheme())) && address.getHost() != null) {
        return;
      }
    } catch (URISyntaxException e) {
      // Said below, as any other text that is no address.
    }
    throw new DtsException(
        DtsError.DEFINITION_BAD_OPTION,
        "found '" + url + "' as the address of a Flink cluster",
        "write the address of its REST interface, such as http://127.0.0.1:8081 (--flink URL)");
  }

  String url() {
    return url;
  }

  /** Task slots that no job has. */
  int freeSlots() {
    return get("/overview").path("slots-available").asInt();
  }

  /** Task slots of all task managers that are there now. */
  int slots() {
    return get("/overview").path("slots-total").asInt();
  }

  /** Whether the cluster starts task managers when a job needs them. */
  boolean growsByItself() {
    for (JsonNode setting : get("/jobmanager/config")) {
      String key = setting.path("key").asText();
      if (key.startsWith("kubernetes.") || key.startsWith("yarn.")) {
        return true;
      }
    }
    return false;
  }

  List<Job> jobs() {
    List<Job> jobs = new ArrayList<>();
    for (JsonNode job : get("/jobs/overview").path("jobs")) {
      jobs.add(
          new Job(job.path("jid").asText(), job.path("name").asText(), job.path("state").asText()));
    }
    return jobs;
  }

  Optional<Job> runningJob(String name) {
    return jobs().stream().filter(job -> job.name().equals(name) && job.isRunning()).findFirst();
  }

  String state(String jobId) {
    return get("/jobs/" + jobId).path("state").asText();
  }

  /** The first line of the last failure, with what a DtsException says; empty if none. */
  String failure(String jobId) {
    JsonNode root = get("/jobs/" + jobId + "/exceptions");
    String trace = root.path("root-exception").asText("");
    if (trace.isEmpty() || trace.equals("null")) {
      return "";
    }
    int ours = lastOfOurs(trace);
    if (ours >= 0) {
      String message = trace.substring(ours);
      int end = message.indexOf("\n\tat ");
      return end < 0 ? message : message.substring(0, end);
    }
    return trace.lines().findFirst().orElse("");
  }

  /** What an accumulator of a job says, as text; empty while it is not there. */
  Optional<String> accumulator(String jobId, String name) {
    for (JsonNode one : get("/jobs/" + jobId + "/accumulators").path("user-task-accumulators")) {
      if (one.path("name").asText().equals(name)) {
        return Optional.of(one.path("value").asText());
      }
    }
    return Optional.empty();
  }

  /** Path of the last completed checkpoint or savepoint. */
  Optional<String> lastCheckpoint(String jobId) {
    JsonNode path =
        get("/jobs/" + jobId + "/checkpoints")
            .path("latest")
            .path("completed")
            .path("external_path");
    return path.isTextual() ? Optional.of(path.asText()) : Optional.empty();
  }

  void cancel(String jobId) {
    send(
        HttpRequest.newBuilder(URI.create(url + "/jobs/" + jobId + "?mode=cancel"))
            .method("PATCH", HttpRequest.BodyPublishers.noBody()));
  }

  /**
   * Stops with a savepoint and waits for it; returns its path. A job that is just starting again
   * can't be stopped this way, so that is waited for too.
   */
  String stop(String jobId, String savepointDirectory) {
    ObjectNode body = json.createObjectNode();
    body.put("targetDirectory", savepointDirectory);
    body.put("drain", false);
    long deadline = System.nanoTime() + SAVEPOINT_TIMEOUT.toNanos();
    String trigger = post("/jobs/" + jobId + "/stop", body).path("request-id").asText();
    while (System.nanoTime() < deadline) {
      JsonNode status = get("/jobs/" + jobId + "/savepoints/" + trigger);
      if (status.path("status").path("id").asText().equals("COMPLETED")) {
        JsonNode operation = status.path("operation");
        if (operation.has("location")) {
          return operation.path("location").asText();
        }
        String cause = operation.path("failure-cause").path("stack-trace").asText();
        if (!cause.contains("Not all required tasks are currently running")) {
          throw failed(
              "the savepoint failed: " + cause.lines().findFirst().orElse("no cause given"));
        }
        trigger = post("/jobs/" + jobId + "/stop", body).path("request-id").asText();
      }
      pause();
    }
    throw failed("no savepoint after " + SAVEPOINT_TIMEOUT.toMinutes() + " minutes");
  }

  /** Uploads a job jar; returns its id. */
  String upload(Path jar) {
    String boundary = "pi" + Long.toHexString(System.nanoTime());
    String head =
        "--"
            + boundary
            + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\""
            + jar.getFileName()
            + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n";
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url + "/jars/upload"))
              .header("Content-Type", "multipart/form-data; boundary=" + boundary)
              .POST(
                  HttpRequest.BodyPublishers.concat(
                      HttpRequest.BodyPublishers.ofString(head),
                      HttpRequest.BodyPublishers.ofFile(jar),
                      HttpRequest.BodyPublishers.ofString("\r\n--" + boundary + "--\r\n")));
      String file = send(request).path("filename").asText();
      return file.substring(file.lastIndexOf('/') + 1);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + jar, e);
    }
  }

  /** Runs an uploaded jar; returns the job's id. */
  String run(String jarId, String mainClass, List<String> arguments, Optional<String> savepoint) {
    ObjectNode body = json.createObjectNode();
    body.put("entryClass", mainClass);
    arguments.forEach(body.putArray("programArgsList")::add);
    savepoint.ifPresent(path -> body.put("savepointPath", path));
    String path = "/jars/" + URLEncoder.encode(jarId, StandardCharsets.UTF_8) + "/run";
    return post(path, body).path("jobid").asText();
  }

  /** Removes an uploaded jar; jobs that were started from it have their own copy. */
  void delete(String jarId) {
    String path = "/jars/" + URLEncoder.encode(jarId, StandardCharsets.UTF_8);
    send(HttpRequest.newBuilder(URI.create(url + path)).DELETE());
  }

  private JsonNode get(String path) {
    return send(HttpRequest.newBuilder(URI.create(url + path)).GET());
  }

  private JsonNode post(String path, JsonNode body) {
    return send(
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private JsonNode send(HttpRequest.Builder request) {
    HttpRequest built = request.timeout(Duration.ofMinutes(2)).build();
    try {
      HttpResponse<String> response = answer(built);
      JsonNode body = body(response);
      if (response.statusCode() >= 400) {
        throw failed("Flink at " + url + " answers " + response.statusCode() + ": " + errors(body));
      }
      return body;
    } catch (IOException e) {
      throw new DtsException(
          DtsError.FLINK_UNREACHABLE,
          "Flink's REST interface at " + url + " cannot be reached: " + e,
          "check that the cluster runs and the address is right (--flink URL)",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted while waiting for Flink at " + url);
    }
  }

  private JsonNode body(HttpResponse<String> response) {
    try {
      return response.body().isBlank() ? json.nullNode() : json.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new DtsException(
          DtsError.FLINK_REFUSED,
          "what answers at "
              + url
              + " (HTTP "
              + response.statusCode()
              + ") is not Flink's REST interface",
          "check host and port of --flink URL; 8081 is Flink's own choice",
          e);
    }
  }

  /** Waits while no job manager leads: 503 says that nothing was done, so asking again is safe. */
  private HttpResponse<String> answer(HttpRequest request)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + ELECTION_TIMEOUT.toNanos();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    while (response.statusCode() == 503 && System.nanoTime() < deadline) {
      Thread.sleep(200);
      response = http.send(request, HttpResponse.BodyHandlers.ofString());
    }
    return response;
  }

  /**
   * Where the last of our errors begins, or -1. Data that is quoted in one may look much like it.
   */
  private static int lastOfOurs(String text) {
    int last = -1;
    Matcher matcher = OUR_ERROR.matcher(text);
    while (matcher.find()) {
      last = matcher.start();
    }
    return last;
  }

  private static String errors(JsonNode body) {
    StringBuilder text = new StringBuilder();
    for (JsonNode error : body.path("errors")) {
      String message = error.asText();
      int ours = lastOfOurs(message);
      String shown = ours >= 0 ? message.substring(ours) : message;
      int end = shown.indexOf("\n\tat ");
      text.append(end < 0 ? shown : shown.substring(0, end));
    }
    return text.toString();
  }

  private static DtsException failed(String message) {
    return new DtsException(DtsError.FLINK_REFUSED, message, "see the cluster's log for the cause");
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted while waiting for a savepoint");
    }
  }

  /** Whether a local path has a complete checkpoint. */
  static boolean isComplete(Path checkpoint) {
    return Files.isRegularFile(checkpoint.resolve("_metadata"));
  }
}
