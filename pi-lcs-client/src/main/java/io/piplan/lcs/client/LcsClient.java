package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.SequenceName;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * A client of PiLCS. One is enough for a process, however many threads ask: callers of the same
 * sequence that ask at the same time share a request.
 *
 * <pre>{@code
 * try (LcsClient client =
 *     LcsClient.builder().servers("10.0.0.1:7301,10.0.0.2:7301,10.0.0.3:7301").build()) {
 *   LcsSequence orders = client.sequence("orders");
 *   long number = orders.next();
 *   CompletableFuture<Long> later = orders.nextAsync();
 *   NumberRange block = orders.nextRange(100);
 * }
 * }</pre>
 *
 * <p>It finds out which server leads, follows when that changes, and asks again under the time-out;
 * a number whose answer got lost on the way is skipped, never given to somebody else. It connects
 * when it is first asked.
 */
public final class LcsClient implements AutoCloseable {
  private final LeaderRouter router;
  private final Map<String, LcsSequence> sequences = new ConcurrentHashMap<>();

  private LcsClient(ClientOptions options) {
    this.router = new LeaderRouter(options);
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * A sequence; created on first use as a counter from 1 if there is none, and servers allow it.
   */
  public LcsSequence sequence(String name) {
    SequenceName checked = new SequenceName(name);
    return sequences.computeIfAbsent(
        name,
        unused ->
            new LcsSequence(
                checked, this, router, new CallerJoiner(router, () -> open(checked, 2, null))));
  }

  /**
   * Creates a sequence; does nothing if it exists with the same policy.
   *
   * @throws LcsException POLICY_DIFFERS if it exists with another one
   */
  public LcsSequence create(String name, SequencePolicy policy) {
    SequenceName checked = new SequenceName(name);
    LcsSequence.waitFor(onLoop(() -> open(checked, 1, policy)), router);
    return sequence(name);
  }

  /** All sequences, by name. */
  public List<SequenceInfo> list() {
    List<SequenceInfo> all = new ArrayList<>();
    String after = "";
    Page page;
    do {
      String from = after;
      page =
          LcsSequence.waitFor(
              ask(
                  (out, number) -> {
                    int begun = Frames.begin(out, FrameType.LIST, number);
                    Frames.text(out, from);
                    Frames.end(out, begun);
                  },
                  FrameType.LISTED,
                  LcsClient::page),
              router);
      all.addAll(page.sequences());
      after = all.isEmpty() ? "" : all.get(all.size() - 1).name();
    } while (page.more());
    return all;
  }

  private record Page(boolean more, List<SequenceInfo> sequences) {}

  private static Page page(ByteBuf in) {
    boolean more = in.readBoolean();
    List<SequenceInfo> sequences = new ArrayList<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      String name = Frames.text(in);
      SequencePolicy.Kind kind = SequencePolicy.Kind.of(in.readByte());
      SequencePolicy policy = new SequencePolicy(kind, in.readLong(), in.readLong());
      sequences.add(new SequenceInfo(name, policy, in.readLong(), in.readLong()));
    }
    return new Page(more, sequences);
  }

  /** What a server knows of itself and its group, as JSON; of the leader, if there is one. */
  public String status() {
    return LcsSequence.waitFor(
        ask(
            SingleRequest.Kind.ANY_MEMBER,
            (out, number) -> Frames.empty(out, FrameType.STATUS, number),
            FrameType.STATUS_TEXT,
            Frames::text),
        router);
  }

  /**
   * Has another server lead; callers notice a pause, no error.
   *
   * @return the term in which it leads
   */
  public long transferLeadership(String member) {
    return LcsSequence.waitFor(
        ask(
            SingleRequest.Kind.SLOW,
            (out, number) -> {
              int begun = Frames.begin(out, FrameType.TRANSFER, number);
              Frames.text(out, member);
              Frames.end(out, begun);
            },
            FrameType.VALUE,
            in -> in.getLong(in.readerIndex())),
        router);
  }

  /** On the event loop. */
  private CompletableFuture<Integer> open(SequenceName name, int create, SequencePolicy policy) {
    SequencePolicy wanted = policy == null ? SequencePolicy.COUNTER : policy;
    SingleRequest<Integer> request =
        new SingleRequest<>(
            System.nanoTime() + router.callTimeoutNanos(),
            SingleRequest.Kind.LEADER,
            (out, number) -> {
              int begun = Frames.begin(out, FrameType.OPEN, number);
              Frames.text(out, name.text());
              out.writeByte(create).writeByte(wanted.kind().code());
              out.writeLong(wanted.first()).writeLong(wanted.last());
              Frames.end(out, begun);
            },
            FrameType.OPENED,
            in -> in.getInt(in.readerIndex()));
    router.send(request);
    return request.answer();
  }

  /** Asks with the number that the servers know a sequence by. */
  <T> CompletableFuture<T> withNumber(
      SequenceName name, Function<Integer, CompletableFuture<T>> ask) {
    return onLoop(() -> open(name, 2, null)).thenCompose(ask);
  }

  private <T> CompletableFuture<T> onLoop(Supplier<CompletableFuture<T>> ask) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    boolean runs =
        router.execute(
            () -> {
              var unused =
                  ask.get()
                      .whenComplete(
                          (value, failure) -> {
                            if (failure == null) {
                              answer.complete(value);
                            } else {
                              answer.completeExceptionally(LeaderRouter.known(failure));
                            }
                          });
            });
    if (!runs) {
      answer.completeExceptionally(LeaderRouter.closedNow());
    }
    return answer;
  }

  <T> CompletableFuture<T> ask(
      SingleRequest.Writer writer, byte expected, Function<ByteBuf, T> reader) {
    return ask(SingleRequest.Kind.LEADER, writer, expected, reader);
  }

  private <T> CompletableFuture<T> ask(
      SingleRequest.Kind kind,
      SingleRequest.Writer writer,
      byte expected,
      Function<ByteBuf, T> reader) {
    SingleRequest<T> request =
        new SingleRequest<>(
            System.nanoTime() + router.callTimeoutNanos(), kind, writer, expected, reader);
    if (!router.execute(() -> router.send(request))) {
      request.failed(LeaderRouter.closedNow());
    }
    return request.answer();
  }

  /** Fails what is still asked for, and ends the client's thread. */
  @Override
  public void close() {
    router.close();
  }

  /** Gathers what a client needs to know. */
  public static final class Builder {
    private final List<Endpoint> servers = new ArrayList<>();
    private String token = "";
    private Path trusted;
    private Duration callTimeout = Duration.ofSeconds(5);
    private Duration attemptTimeout = Duration.ofMillis(400);
    private Duration connectTimeout = Duration.ofSeconds(1);

    private Builder() {}

    /** Some or all servers: {@code host:port}, several with commas between them. */
    public Builder servers(String list) {
      for (String one : list.split(",", -1)) {
        servers.add(Endpoint.parse(one));
      }
      return this;
    }

    /** What the servers ask for; nothing if they don't. */
    public Builder token(String newToken) {
      this.token = newToken;
      return this;
    }

    /**
     * Talks TLS, and checks the servers' certificates and host names.
     *
     * @param authorities PEM file with who signed them
     */
    public Builder tls(Path authorities) {
      this.trusted = authorities;
      return this;
    }

    /** How long a call is tried, over all servers; 5 s by default. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = timeout;
      return this;
    }

    /** How long one server is waited for before others are asked; 400 ms by default. */
    public Builder attemptTimeout(Duration timeout) {
      this.attemptTimeout = timeout;
      return this;
    }

    /** How long a connection may take; 1 s by default. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = timeout;
      return this;
    }

    /** Doesn't connect yet. */
    public LcsClient build() {
      return new LcsClient(
          new ClientOptions(
              servers,
              token,
              Optional.ofNullable(trusted).map(Builder::context),
              callTimeout,
              attemptTimeout,
              connectTimeout));
    }

    private static SslContext context(Path authorities) {
      try {
        return SslContextBuilder.forClient()
            .trustManager(PemTrust.managers(authorities))
            .endpointIdentificationAlgorithm("HTTPS")
            .build();
      } catch (SSLException e) {
        throw PemTrust.unusable(authorities, e);
      }
    }
  }
}
