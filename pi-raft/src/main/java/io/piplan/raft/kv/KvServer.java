package io.piplan.raft.kv;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.piplan.raft.RaftError;
import io.piplan.raft.RaftException;
import io.piplan.raft.RaftListener;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftMetrics;
import io.piplan.raft.RaftNode;
import io.piplan.raft.RaftOptions;
import io.piplan.raft.RaftRead;
import io.piplan.raft.RaftStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One member with its REST interface. Changes and reads are the leader's: others answer 302 with
 * its address. {@code GET /key?within=100ms} is answered by any member whose copy is no older.
 */
public final class KvServer implements AutoCloseable {
  private static final Duration MEMBERSHIP = Duration.ofSeconds(30);
  private static final int LARGEST_BODY = 1 << 20;

  private final ObjectMapper json = new ObjectMapper();
  private final RaftNode node;
  private final RaftMetrics metrics;
  private final HttpServer http;
  private final ExecutorService threads;
  private final String url;

  private record Reply(int status, JsonNode body, String location) {
    static Reply of(int status, JsonNode body) {
      return new Reply(status, body, null);
    }
  }

  private KvServer(RaftNode node, HttpServer http, String url) {
    this.node = node;
    this.metrics = new RaftMetrics(node);
    this.http = http;
    this.url = url;
    this.threads = Executors.newCachedThreadPool();
  }

  /** Starts both; the interface listens on the host of the member. */
  public static KvServer start(RaftOptions options, InetSocketAddress address) throws IOException {
    HttpServer http = HttpServer.create(address, 128);
    RaftNode node;
    try {
      node = RaftNode.start(options, new KvState());
    } catch (RaftException e) {
      http.stop(0);
      throw e;
    }
    // Others can't go to "all addresses of this machine".
    String host =
        address.getAddress().isAnyLocalAddress()
            ? options.self().host()
            : address.getAddress().getHostAddress();
    String url =
        "http://"
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + http.getAddress().getPort();
    KvServer server = new KvServer(node, http, url);
    server.http.setExecutor(server.threads);
    server.http.createContext("/", server::handle);
    server.http.createContext("/metrics", server::tellMetrics);
    server.http.start();
    server.announce();
    return server;
  }

  public String url() {
    return url;
  }

  public RaftNode node() {
    return node;
  }

  /** Why the member has ended by itself, if it has; then it is of no more use. */
  public Optional<RaftException> failure() {
    return node.failure();
  }

  /** Each new leader tells the others where it answers. */
  private void announce() {
    node.listen(
        new RaftListener() {
          @Override
          public void leading(long term) {
            var unused =
                node.caller()
                    .submit(new KvCommand.Announce(node.self().id(), url).encode())
                    .exceptionally(failure -> null);
          }
        });
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = reply(exchange);
      } catch (BadRequest e) {
        reply = Reply.of(400, error("bad request", e.getMessage()));
      } catch (CompletionException e) {
        reply = failed(e.getCause());
      } catch (RuntimeException e) {
        reply = failed(e);
      }
      send(exchange, reply);
    }
  }

  /** The one path that is no key; what begins like it is. */
  private void tellMetrics(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("GET")
        || !exchange.getRequestURI().getRawPath().equals("/metrics")) {
      handle(exchange);
      return;
    }
    try (exchange) {
      StringBuilder text = new StringBuilder(2_048);
      metrics.write(text);
      send(exchange, 200, "text/plain; version=0.0.4", text.toString());
    } catch (RaftException e) {
      send(exchange, failed(e));
    }
  }

  private Reply reply(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    String method = exchange.getRequestMethod();
    if (path.startsWith("/_raft/")) {
      return admin(method, path.substring("/_raft/".length()), exchange);
    }
    if (path.equals("/metrics")) {
      throw new BadRequest("metrics is no key: GET /metrics is for Prometheus");
    }
    String key = URLDecoder.decode(path.substring(1), StandardCharsets.UTF_8);
    if (key.isEmpty()) {
      throw new BadRequest("no key; write /KEY");
    }
    if (method.equals("GET")) {
      return get(key, exchange);
    }
    if (!node.status().ready()) {
      return toLeader(exchange);
    }
    return switch (method) {
      case "PUT" -> put(key, exchange);
      case "POST" -> add(key, exchange);
      case "DELETE" -> delete(key, exchange);
      default -> Reply.of(405, error(method, "use GET, PUT, POST or DELETE"));
    };
  }

  private Reply get(String key, HttpExchange exchange) {
    byte[] query = new KvCommand.Get(key).encode();
    String within = parameter(exchange, "within");
    if (within == null && !node.status().ready()) {
      return toLeader(exchange);
    }
    RaftRead read =
        within == null ? RaftRead.LINEARIZABLE : RaftRead.within(Duration.ofMillis(millis(within)));
    KvAnswer answer = KvAnswer.decode(node.caller().query(query, read).join());
    return answer.version() == 0
        ? Reply.of(404, error(key, "there is no such key"))
        : Reply.of(200, entry(key, answer));
  }

  private Reply put(String key, HttpExchange exchange) throws IOException {
    JsonNode value = body(exchange).get("value");
    if (value == null) {
      throw new BadRequest("the body has no \"value\"; send {\"value\": …}");
    }
    return changed(key, new KvCommand.Put(key, value.toString(), expected(exchange)));
  }

  private Reply add(String key, HttpExchange exchange) throws IOException {
    JsonNode number = body(exchange).get("add");
    if (number == null || !number.isIntegralNumber() || !number.canConvertToLong()) {
      throw new BadRequest("the body has no whole number \"add\"; send {\"add\": 1}");
    }
    KvCommand command = new KvCommand.Add(key, number.asLong());
    KvAnswer answer = KvAnswer.decode(node.caller().submit(command.encode()).join());
    return answer.done()
        ? Reply.of(200, entry(key, answer))
        : Reply.of(
            409, error(key, "its value is no whole number, or the sum would be none of 64 bits"));
  }

  private Reply delete(String key, HttpExchange exchange) {
    return changed(key, new KvCommand.Delete(key, expected(exchange)));
  }

  private Reply changed(String key, KvCommand command) {
    KvAnswer answer = KvAnswer.decode(node.caller().submit(command.encode()).join());
    return Reply.of(answer.done() ? 200 : 412, entry(key, answer));
  }

  /** {@code If-Match: version}, 0 for "only if it isn't there". */
  private static long expected(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("If-Match");
    if (header == null) {
      return KvCommand.ANY;
    }
    try {
      return Long.parseLong(header.replace("\"", ""));
    } catch (NumberFormatException e) {
      throw new BadRequest("If-Match is " + header + ", not a version");
    }
  }

  private Reply admin(String method, String what, HttpExchange exchange) throws IOException {
    return switch (method + " " + what) {
      case "GET status", "GET leader" -> Reply.of(200, status());
      case "GET members" -> Reply.of(200, members());
      case "PUT leader" -> {
        node.transferLeadership(text(body(exchange), "id"), Duration.ofSeconds(5));
        yield Reply.of(200, status());
      }
      case "PUT members" -> join(exchange);
      case "DELETE members" -> {
        node.removeMembers(each(body(exchange)).stream().map(one -> text(one, "id")).toList());
        yield Reply.of(200, members());
      }
      default -> Reply.of(404, error("/_raft/" + what, "use status, leader or members"));
    };
  }

  /** Takes members in as learners, together, and gives each a vote when it has caught up. */
  private Reply join(HttpExchange exchange) throws IOException {
    if (!node.status().ready()) {
      return toLeader(exchange);
    }
    Map<RaftMember, Boolean> added = new LinkedHashMap<>();
    for (JsonNode one : each(body(exchange))) {
      RaftMember member = RaftMember.parse(text(one, "id") + "=" + text(one, "address"));
      added.put(member.asLearner(), one.path("learner").asBoolean(false));
    }
    // Asked again, those who have a vote keep it.
    List<RaftMember> voters = node.members().stream().filter(member -> !member.learner()).toList();
    List<RaftMember> lacking =
        added.keySet().stream()
            .filter(member -> added.get(member) || !voters.contains(member.asVoter()))
            .toList();
    if (!lacking.isEmpty()) {
      node.addMembers(lacking);
    }
    added.forEach(
        (member, staysLearner) -> {
          if (!staysLearner) {
            node.promote(member.id(), MEMBERSHIP);
          }
        });
    return Reply.of(200, members());
  }

  /** One member, or those of {@code {"members": […]}}. */
  private static List<JsonNode> each(JsonNode body) {
    JsonNode several = body.path("members");
    if (several.isMissingNode()) {
      return List.of(body);
    }
    List<JsonNode> all = new ArrayList<>();
    several.forEach(all::add);
    if (all.isEmpty()) {
      throw new BadRequest("\"members\" is no list of members, or an empty one");
    }
    return all;
  }

  private Reply toLeader(HttpExchange exchange) {
    RaftMember leader = node.leader().orElse(null);
    if (leader == null || leader.id().equals(node.self().id())) {
      return Reply.of(503, error("no leader", "try again in a moment"));
    }
    byte[] query = new KvCommand.FindUrl(leader.id()).encode();
    KvAnswer answer = KvAnswer.decode(node.caller().query(query, RaftRead.LINEARIZABLE).join());
    return answer.text() == null
        ? Reply.of(503, error("leader " + leader, "its address is not known yet, try again"))
        : new Reply(
            302, error("not the leader", answer.text()), answer.text() + exchange.getRequestURI());
  }

  private Reply failed(Throwable failure) {
    if (failure instanceof RaftException known) {
      int status =
          switch (known.error()) {
            case NO_LEADER, STALE, OVERLOADED, CLOSED -> 503;
            case OUTCOME_UNKNOWN -> 504;
            case COMMAND_TOO_LARGE -> 413;
            case CONFIG_INVALID -> 400;
            case MEMBERSHIP_REFUSED -> 409;
            default -> 500;
          };
      return Reply.of(status, error(known.error().code(), known.getMessage()));
    }
    return Reply.of(500, error(RaftError.STATE_FAILED.code(), String.valueOf(failure)));
  }

  private JsonNode body(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
    if (bytes.length > LARGEST_BODY) {
      throw new BadRequest("the body is larger than " + LARGEST_BODY + " bytes");
    }
    try {
      JsonNode body = json.readTree(bytes);
      if (body == null || !body.isObject()) {
        throw new BadRequest("the body is no JSON object");
      }
      return body;
    } catch (JsonProcessingException e) {
      throw new BadRequest("the body is no JSON: " + e.getOriginalMessage());
    }
  }

  private static String text(JsonNode body, String name) {
    String text = body.path(name).asText("");
    if (text.isEmpty()) {
      throw new BadRequest("the body has no \"" + name + "\"");
    }
    return text;
  }

  private static String parameter(HttpExchange exchange, String name) {
    String query = exchange.getRequestURI().getQuery();
    for (String pair : query == null ? new String[0] : query.split("&")) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    return null;
  }

  private static long millis(String text) {
    try {
      return Long.parseLong(text.replaceFirst("ms$", ""));
    } catch (NumberFormatException e) {
      throw new BadRequest("within is " + text + "; write milliseconds, such as within=100ms");
    }
  }

  private ObjectNode error(String error, String message) {
    return json.createObjectNode().put("error", error).put("message", message);
  }

  private ObjectNode entry(String key, KvAnswer answer) {
    ObjectNode entry = json.createObjectNode().put("key", key).put("version", answer.version());
    try {
      entry.set("value", answer.text() == null ? null : json.readTree(answer.text()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("stored value of " + key + " is no JSON", e);
    }
    return entry;
  }

  private ObjectNode status() {
    RaftStatus status = node.status();
    ObjectNode body =
        json.createObjectNode()
            .put("id", status.self().id())
            .put("role", status.role().name().toLowerCase(java.util.Locale.ROOT))
            .put("term", status.term())
            .put("leader", status.leader().orElse(null))
            .put("commit", status.commitIndex())
            .put("applied", status.appliedIndex())
            .put("snapshot", status.snapshotIndex());
    ArrayNode followers = body.putArray("followers");
    for (RaftStatus.Follower follower : status.followers()) {
      followers
          .addObject()
          .put("id", follower.id())
          .put("match", follower.matchIndex())
          .put("lag", follower.lag())
          .put("silent_ms", follower.silence().toMillis());
    }
    return body;
  }

  private ArrayNode members() {
    ArrayNode body = json.createArrayNode();
    for (RaftMember member : node.members()) {
      body.addObject()
          .put("id", member.id())
          .put("address", member.address())
          .put("learner", member.learner());
    }
    return body;
  }

  private void send(HttpExchange exchange, Reply reply) throws IOException {
    if (reply.location() != null) {
      exchange.getResponseHeaders().set("Location", reply.location());
    }
    String body = json.writeValueAsString(reply.body()) + "\n";
    send(exchange, reply.status(), "application/json", body);
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    http.stop(0);
    node.close();
    threads.shutdownNow();
  }

  private static final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadRequest(String message) {
      super(message);
    }
  }
}
