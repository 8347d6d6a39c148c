package io.piplan.lcs.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.SequencePolicy;
import io.piplan.raft.RaftException;
import io.piplan.raft.RaftMember;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For those without an SDK, and for those who watch. Numbers come from the leader alone; others
 * send its address with 307.
 */
final class HttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(HttpHandler.class);

  private static final String SEQUENCES = "/v1/sequences";
  private static final int LISTED_AT_ONCE = 1_000;
  private static final int MOST_LISTED = 10_000;

  /**
   * For the first whole request that may be answered, {@code /health} among them: who says nothing
   * is not to keep connections from others.
   */
  private static final long GREETING_SECONDS = 10;

  private static final int MOST_WAITING = 16;

  /** For who is still sending a body that isn't taken, to find the answer. */
  private static final long SECONDS_FOR_BODY = 1;

  private final LcsServer server;
  private final LcsServerOptions options;
  private final ServerStatus status;
  private final ServerMetrics metrics;
  private final NumberShares shares;
  private final ObjectMapper json = new ObjectMapper();

  /** Those that came before the answer to the one under way: answers go in the requests' order. */
  private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();

  private NumberShares.Share share;
  private boolean underWay;
  private boolean counted;

  /** Whether it has asked for something that it may. */
  private boolean greeted;

  /** When the last whole request came or was answered, or some of an answer was taken. */
  private long lastNanos;

  private long lastUnsent;

  /** Both hold this and its connection, which may be gone long before. */
  private ScheduledFuture<?> greeting;

  private ScheduledFuture<?> rest;

  /** A last one, whose body may have no end: it isn't read until then, and thrown away after. */
  private boolean lastCame;

  private boolean lastAnswered;

  /**
   * @param next where the next page is; empty if there is none
   */
  private record Reply(int status, String type, String body, String next) {
    Reply(int status, String type, String body) {
      this(status, type, body, "");
    }

    Reply withNext(String address) {
      return new Reply(status, type, body, address);
    }
  }

  HttpHandler(
      LcsServer server,
      LcsServerOptions options,
      ServerStatus status,
      ServerMetrics metrics,
      NumberShares shares) {
    this.server = server;
    this.options = options;
    this.status = status;
    this.metrics = metrics;
    this.shares = shares;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    counted = true;
    share = shares.of(context.channel().remoteAddress());
    boolean full = metrics.connected() > options.limits().of(ServerLimit.CONNECTIONS);
    LcsException tooMany = full ? Operations.tooManyConnections(options) : share.tooMany();
    if (tooMany != null) {
      refuse(context, false, tooMany, "");
      return;
    }
    greeting =
        context
            .executor()
            .schedule(() -> closeUngreeted(context), GREETING_SECONDS, TimeUnit.SECONDS);
    lastNanos = System.nanoTime();
    lookForRest(context);
  }

  private void closeUngreeted(ChannelHandlerContext context) {
    if (!greeted) {
      var unused = context.close();
    }
  }

  /**
   * Ends a connection from which no whole request has come for so long, however many bytes have.
   * Who waits for an answer does not rest.
   */
  private void lookForRest(ChannelHandlerContext context) {
    long idle = TimeUnit.SECONDS.toNanos(options.limits().of(ServerLimit.IDLE));
    long now = System.nanoTime();
    long unsent = unsent(context);
    if (underWay || unsent != lastUnsent) {
      // A client that reads slowly does read.
      lastUnsent = unsent;
      lastNanos = now;
    }
    long left = idle - (now - lastNanos);
    if (left <= 0) {
      var unused = context.close();
    } else if (context.channel().isActive()) {
      rest = context.executor().schedule(() -> lookForRest(context), left, TimeUnit.NANOSECONDS);
    }
  }

  /** Bytes of answers that the client hasn't taken. */
  private static long unsent(ChannelHandlerContext context) {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    lastNanos = System.nanoTime();
    if (!lastCame) {
      lastCame = request.decoderResult().isFailure() && !keep(request);
      waiting.add(request.retain());
      answerNext(context);
    }
  }

  /** One after the other, as what is asked later may depend on what was asked before. */
  private void answerNext(ChannelHandlerContext context) {
    if (!underWay && context.channel().isWritable() && !waiting.isEmpty()) {
      underWay = true;
      FullHttpRequest request = waiting.poll();
      try {
        answer(context, request);
      } finally {
        request.release();
      }
    }
    context
        .channel()
        .config()
        .setAutoRead(
            lastCame
                ? lastAnswered
                : context.channel().isWritable() && waiting.size() < MOST_WAITING);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    answerNext(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (counted) {
      metrics.disconnected();
      share.close();
    }
    waiting.forEach(FullHttpRequest::release);
    waiting.clear();
    if (greeting != null) {
      greeting.cancel(false);
    }
    if (rest != null) {
      rest.cancel(false);
    }
  }

  private void answer(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keep = keep(request);
    String uri = request.uri();
    CompletableFuture<Reply> reply;
    try {
      reply = reply(request);
    } catch (LcsException | RaftException e) {
      reply = CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      LOG.warn("could not answer {} {}", request.method(), uri, e);
      reply = CompletableFuture.failedFuture(e);
    }
    var unused =
        reply.whenCompleteAsync(
            (done, failure) -> {
              try {
                if (failure == null) {
                  send(context, keep, done, null);
                } else {
                  refuse(context, keep, Operations.known(failure), uri);
                }
                underWay = false;
                lastNanos = System.nanoTime();
                answerNext(context);
              } catch (RuntimeException e) {
                // Nobody would look at it here, and the connection would wait for good.
                LOG.warn("could not answer {}", uri, e);
                var unusedClose = context.close();
              }
            },
            context.executor());
  }

  /** Behind a body that isn't taken the next request may be found; behind what is no HTTP none. */
  private static boolean keep(FullHttpRequest request) {
    Throwable unread = request.decoderResult().cause();
    return HttpUtil.isKeepAlive(request)
        && (unread == null || unread instanceof RequestBodies.NotTaken);
  }

  /** Whose path and parameters can be read. */
  private static QueryStringDecoder decoded(String uri) {
    QueryStringDecoder decoder = new QueryStringDecoder(uri);
    try {
      var unusedPath = decoder.path();
      var unusedParameters = decoder.parameters();
      return decoder;
    } catch (IllegalArgumentException e) {
      throw new LcsException(
          LcsError.FRAME_INVALID,
          "the address " + uri + " cannot be read: " + e.getMessage(),
          "write two hexadecimal digits behind each %, and % itself as %25",
          e);
    }
  }

  private CompletableFuture<Reply> reply(FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return now(unread(request.decoderResult().cause()));
    }
    QueryStringDecoder uri = decoded(request.uri());
    String path = uri.path();
    HttpMethod method = request.method();
    if (method.equals(HttpMethod.GET) && path.equals("/health")) {
      greeted = true;
      return now(health());
    }
    authorize(request);
    greeted = true;
    if (method.equals(HttpMethod.GET) && path.equals("/metrics")) {
      return now(new Reply(200, "text/plain; version=0.0.4", status.metricsText()));
    } else if (method.equals(HttpMethod.GET) && path.equals("/v1/status")) {
      return now(json(200, status.tree()));
    } else if (method.equals(HttpMethod.PUT) && path.equals("/v1/leader")) {
      return server
          .operations()
          .transfer(body(request).path("id").asText())
          .thenApply(term -> json(200, json.createObjectNode().put("term", term)));
    } else if (path.equals("/v1/members")) {
      return members(method, body(request));
    } else if (method.equals(HttpMethod.GET) && path.equals(SEQUENCES)) {
      return list(uri);
    } else if (path.startsWith(SEQUENCES + "/")) {
      return sequence(method, path.substring(SEQUENCES.length() + 1), uri, request);
    }
    return now(
        json(
            404,
            json.createObjectNode()
                .put(
                    "message", "no " + method + " " + path + "; docs/lcs.md lists what is there")));
  }

  /** What could not be read, or not wholly. */
  private Reply unread(Throwable why) {
    ObjectNode body = json.createObjectNode().put("error", LcsError.FRAME_INVALID.code());
    return why instanceof RequestBodies.NotTaken notTaken
        ? json(
            notTaken.status().code(),
            body.put("message", why.getMessage()).put("remedy", notTaken.remedy()))
        : json(
            400,
            body.put("message", "no HTTP: " + why.getMessage())
                .put("remedy", "docs/lcs.md lists what is there"));
  }

  private CompletableFuture<Reply> members(HttpMethod method, JsonNode body) {
    String id = body.path("id").asText();
    CompletableFuture<List<RaftMember>> changed;
    if (method.equals(HttpMethod.PUT)) {
      changed =
          server.operations().take(RaftMember.parse(id + "=" + body.path("address").asText()));
    } else if (method.equals(HttpMethod.DELETE)) {
      changed = server.operations().remove(id);
    } else {
      changed = CompletableFuture.completedFuture(server.node().members());
    }
    return changed.thenApply(
        all -> {
          ArrayNode list = json.createArrayNode();
          all.forEach(
              member ->
                  list.addObject()
                      .put("id", member.id())
                      .put("address", member.address())
                      .put("learner", member.learner()));
          return json(200, list);
        });
  }

  private static CompletableFuture<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private void authorize(FullHttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    String given = header.startsWith("Bearer ") ? header.substring("Bearer ".length()) : "";
    if (!MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), options.token().getBytes(StandardCharsets.UTF_8))) {
      throw new LcsException(
          LcsError.UNAUTHORIZED,
          "the token is missing or wrong",
          "send the header Authorization: Bearer TOKEN");
    }
  }

  private Reply health() {
    String leader = server.leaderAddress();
    ObjectNode body =
        json.createObjectNode()
            .put("status", leader.isEmpty() ? "no leader" : "up")
            .put("id", options.self().id())
            .put("leads", server.leads());
    return json(leader.isEmpty() ? 503 : 200, body);
  }

  private CompletableFuture<Reply> sequence(
      HttpMethod method, String rest, QueryStringDecoder uri, FullHttpRequest request) {
    Operations operations = server.operations();
    String[] parts = rest.split("/", -1);
    String name = parts[0];
    String action = method + (parts.length > 1 ? " " + parts[1] : "");
    if (parts.length > 2) {
      action = "";
    }
    return switch (action) {
      case "POST next" -> {
        int count = whole(uri, "n", 1);
        if (shares.limit() && count > 0) {
          LcsException exceeded = share.take(count, System.nanoTime());
          if (exceeded != null) {
            throw exceeded;
          }
        }
        yield operations
            .open(name, Optional.empty(), options.create())
            .thenCompose(sequence -> operations.next(sequence, count))
            .thenApply(
                range -> {
                  metrics.answered(1, range.count());
                  return json(
                      200,
                      json.createObjectNode()
                          .put("first", range.first())
                          .put("count", range.count()));
                });
      }
      case "GET" ->
          operations
              .open(name, Optional.empty(), false)
              .thenCompose(operations::current)
              .thenApply(value -> json(200, json.createObjectNode().put("current", value)));
      case "PUT" -> {
        SequencePolicy policy = policy(body(request));
        yield operations
            .open(name, Optional.of(policy), true)
            .thenApply(sequence -> json(200, json.createObjectNode().put("name", name)));
      }
      case "POST raise" -> {
        JsonNode body = body(request);
        if (!isWhole(body.path("to"))) {
          throw new LcsException(
              LcsError.FRAME_INVALID,
              "the body has no whole number \"to\" below 9223372036854775807",
              "send {\"to\": 1000}");
        }
        yield operations
            .open(name, Optional.empty(), options.create())
            .thenCompose(
                sequence ->
                    operations.raise(
                        sequence, body.get("to").asLong(), body.path("force").asBoolean()))
            .thenApply(next -> json(200, json.createObjectNode().put("next", next)));
      }
      default ->
          now(
              json(
                  405,
                  json.createObjectNode()
                      .put("message", "use POST next, POST raise, GET or PUT of a sequence")));
    };
  }

  private static int whole(QueryStringDecoder uri, String name, int usual) {
    List<String> given = uri.parameters().get(name);
    try {
      return given == null ? usual : Integer.parseInt(given.get(0));
    } catch (NumberFormatException e) {
      throw new LcsException(
          LcsError.COUNT_INVALID,
          name + " is " + given.get(0),
          "write a number, such as " + name + "=10",
          e);
    }
  }

  private static SequencePolicy policy(JsonNode body) {
    String kind = body.path("kind").asText("counter").toUpperCase(Locale.ROOT);
    SequencePolicy base =
        switch (kind) {
          case "COUNTER" -> SequencePolicy.COUNTER;
          case "TIME" -> SequencePolicy.TIME;
          default ->
              throw new LcsException(
                  LcsError.CONFIG_INVALID, "kind is " + kind, "use counter or time");
        };
    return new SequencePolicy(
        base.kind(), bound(body, "first", base.first()), bound(body, "last", base.last()));
  }

  private static long bound(JsonNode body, String name, long usual) {
    JsonNode given = body.path(name);
    if (given.isMissingNode()) {
      return usual;
    }
    if (!isWhole(given)) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          name + " is " + given,
          "write a whole number below 9223372036854775807, without quotes");
    }
    return given.asLong();
  }

  /** And fits: {@code asLong} would take the lower bits of a larger one. */
  private static boolean isWhole(JsonNode given) {
    return given.isIntegralNumber() && given.canConvertToLong();
  }

  private JsonNode body(FullHttpRequest request) {
    String text = request.content().toString(StandardCharsets.UTF_8);
    try {
      JsonNode body = json.readTree(text.isEmpty() ? "{}" : text);
      if (body.isObject()) {
        return body;
      }
    } catch (JsonProcessingException e) {
      LOG.debug("body", e);
    }
    throw new LcsException(LcsError.FRAME_INVALID, "the body is no JSON object", "send one");
  }

  /** A page by name; where more follow, a link to the next one (RFC 8288). */
  private CompletableFuture<Reply> list(QueryStringDecoder uri) {
    String after = uri.parameters().getOrDefault("after", List.of("")).get(0);
    int most = whole(uri, "limit", LISTED_AT_ONCE);
    if (most < 1 || most > MOST_LISTED) {
      throw new LcsException(
          LcsError.COUNT_INVALID, "limit is " + most, "write 1 to " + MOST_LISTED);
    }
    return server
        .operations()
        .list(after, most + 1)
        .thenApply(
            all -> {
              boolean more = all.size() > most;
              Reply page = page(more ? all.subList(0, most) : all);
              return more
                  ? page.withNext(
                      SEQUENCES
                          + "?after="
                          + URLEncoder.encode(all.get(most - 1).name(), StandardCharsets.UTF_8)
                          + "&limit="
                          + most)
                  : page;
            });
  }

  private Reply page(List<SequenceInfo> all) {
    ArrayNode body = json.createArrayNode();
    for (SequenceInfo one : all) {
      body.addObject()
          .put("name", one.name())
          .put("kind", one.policy().kind().name().toLowerCase(Locale.ROOT))
          .put("first", one.policy().first())
          .put("last", one.policy().last())
          .put("next", one.next())
          .put("limit", one.limit());
    }
    return json(200, body);
  }

  private static Reply json(int status, JsonNode body) {
    return new Reply(status, "application/json", body + "\n");
  }

  private void refuse(ChannelHandlerContext context, boolean keep, LcsException why, String uri) {
    metrics.refused(why.error());
    String leader = server.leaderHttp();
    boolean elsewhere = why.error() == LcsError.NOT_LEADER && !leader.isEmpty();
    int status =
        switch (why.error()) {
          case NOT_LEADER -> elsewhere ? 307 : 503;
          case TIMED_OUT, OVERLOADED, TOO_MANY_CONNECTIONS, CLOSED -> 503;
          case SEQUENCE_UNKNOWN -> 404;
          case NAME_INVALID, COUNT_INVALID, CONFIG_INVALID, FRAME_INVALID, VERSION_UNKNOWN -> 400;
          case EXHAUSTED, POLICY_DIFFERS, RAISE_REFUSED, MEMBERSHIP_REFUSED -> 409;
          case UNAUTHORIZED -> 401;
          case INTERNAL -> 500;
        };
    ObjectNode body =
        json.createObjectNode()
            .put("error", why.error().code())
            .put("message", why.found())
            .put("remedy", why.remedy());
    send(context, keep, json(status, body), elsewhere ? leader + uri : null);
  }

  private void send(ChannelHandlerContext context, boolean keep, Reply reply, String location) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            Unpooled.copiedBuffer(reply.body(), StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.type());
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    if (!reply.next().isEmpty()) {
      response.headers().set("link", "<" + reply.next() + ">; rel=\"next\"");
    }
    if (location != null) {
      response.headers().set(HttpHeaderNames.LOCATION, location);
    }
    HttpUtil.setKeepAlive(response, keep);
    var written = context.writeAndFlush(response);
    if (lastCame && waiting.isEmpty()) {
      // Who is cut off while he sends may not find the answer.
      lastAnswered = true;
      var unused =
          context
              .executor()
              .schedule(
                  () -> {
                    var unusedClose = context.close();
                  },
                  SECONDS_FOR_BODY,
                  TimeUnit.SECONDS);
    } else if (!keep) {
      var unused = written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection of {}", context.channel().remoteAddress(), cause);
    var unused = context.close();
  }
}
