package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.NumberRange;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.TimeNumber;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import io.piplan.lcs.client.NumberReceiver;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import io.piplan.raft.RaftMember;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One server alone, in this process: what clients may do to it. */
@SuppressWarnings("AddressSelection")
class LcsServerIT {
  private static final String TOKEN = "open sesame";

  @TempDir static Path folder;
  private static LcsServer server;
  private static LcsClient client;

  @BeforeAll
  static void start() {
    server =
        LcsServer.start(
            options(folder.resolve("one"))
                .withHttp(new InetSocketAddress("127.0.0.1", 0))
                .withSecurity(TOKEN, Optional.empty(), Optional.empty())
                .withLimits(
                    ServerLimits.USUAL
                        .with(ServerLimit.CONNECTIONS, 1_200)
                        .with(ServerLimit.COUNT, 100_000)
                        .with(ServerLimit.WAITING, 50)
                        .with(ServerLimit.SEQUENCES, 500)
                        .with(ServerLimit.JUMP, 1_000_000)
                        .with(ServerLimit.STEP, 100)));
    client = LcsClient.builder().servers(server.address()).token(TOKEN).build();
    await().atMost(Duration.ofSeconds(60)).until(server::leads);
  }

  private static LcsServerOptions options(Path directory) {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    // A long lease: numbers are skipped when it lapses, as on a busy machine.
    return LcsServerOptions.of(
            self, List.of(self), directory, new InetSocketAddress("127.0.0.1", 0))
        .withElection(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @AfterAll
  static void end() {
    client.close();
    server.close();
  }

  @Test
  void numbersComeOneByOneAndInBlocks() {
    LcsSequence numbers = client.sequence("simple");
    assertThat(numbers.next()).isEqualTo(1);
    assertThat(numbers.nextRange(10)).isEqualTo(new NumberRange(2, 10));
    assertThat(numbers.next()).isEqualTo(12);
    assertThat(numbers.current()).isEqualTo(12);
    assertThat(numbers.raiseTo(1_000, false)).isEqualTo(1_001);
    assertThat(numbers.raiseTo(10, false)).isEqualTo(1_001);
    assertThat(numbers.next()).isEqualTo(1_001);
  }

  @Test
  void tenThousandCallersAtOnceEachGetOne() {
    LcsSequence numbers = client.sequence("many");
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      answers.add(numbers.nextAsync());
    }
    assertThat(answers.stream().mapToLong(CompletableFuture::join).sorted())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 10_000).boxed().toList());
  }

  /** One that throws keeps no other from its number; all are told when the client is closed. */
  @Test
  void receiversAreToldTheirNumberOrThatThereIsNone() throws Exception {
    Told told = new Told();
    try (LcsClient own = LcsClient.builder().servers(server.address()).token(TOKEN).build()) {
      LcsSequence numbers = own.sequence("received");
      for (int i = 0; i < 1_000; i++) {
        numbers.next(told);
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> told.numbers.size() == 1_000);
      assertThat(told.numbers)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 1_000).boxed().toList());
      assertThat(numbers.next()).isEqualTo(1_001);
    }
    LcsClient closed = LcsClient.builder().servers(server.address()).token(TOKEN).build();
    closed.close();
    closed.sequence("received").next(told);
    await().atMost(Duration.ofSeconds(60)).until(() -> told.failures.size() == 1);
    assertThat(told.failures).first().extracting(LcsException::error).isEqualTo(LcsError.CLOSED);
  }

  private static final class Told implements NumberReceiver {
    private final List<Long> numbers = Collections.synchronizedList(new ArrayList<>());
    private final List<LcsException> failures = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void number(long number) {
      numbers.add(number);
      if (number % 100 == 7) {
        throw new IllegalStateException("thrown by a receiver");
      }
    }

    @Override
    public void failed(LcsException failure) {
      failures.add(failure);
    }
  }

  @Test
  void manyMoreThanARangeHolds() {
    LcsSequence numbers = client.sequence("large");
    long last = 0;
    for (int i = 0; i < 200; i++) {
      NumberRange range = numbers.nextRange(50_000);
      assertThat(range.first()).isEqualTo(last + 1);
      last = range.last();
    }
  }

  @Test
  void countsOutOfBoundsAreRefusedAndOthersGoOn() {
    LcsSequence numbers = client.sequence("counts");
    assertThatThrownBy(() -> numbers.nextRange(0)).hasMessageContaining("PI-LCS-3003");
    assertThatThrownBy(() -> numbers.nextRange(100_001))
        .hasMessageContaining("PI-LCS-3003")
        .hasMessageContaining("1 to 100000");
    assertThatThrownBy(() -> numbers.nextRange(Integer.MAX_VALUE))
        .hasMessageContaining("PI-LCS-3003");
    assertThat(numbers.next()).isEqualTo(1);
  }

  @Test
  void aSequenceEndsClearly() {
    LcsSequence few = client.create("few", new SequencePolicy(SequencePolicy.Kind.COUNTER, 8, 10));
    assertThat(few.next()).isEqualTo(8);
    assertThatThrownBy(() -> few.nextRange(3))
        .hasMessageContaining("PI-LCS-3004")
        .hasMessageContaining("ends with 10");
    assertThat(few.nextRange(2)).isEqualTo(new NumberRange(9, 2));
    assertThatThrownBy(few::next).hasMessageContaining("PI-LCS-3004");
    assertThatThrownBy(() -> few.raiseTo(10, true)).hasMessageContaining("PI-LCS-3006");
  }

  @Test
  void policiesAreKept() {
    SequencePolicy policy = new SequencePolicy(SequencePolicy.Kind.COUNTER, 100, 200);
    assertThat(client.create("kept", policy).next()).isEqualTo(100);
    assertThat(client.create("kept", policy).next()).isEqualTo(101);
    assertThatThrownBy(() -> client.create("kept", SequencePolicy.TIME))
        .hasMessageContaining("PI-LCS-3005");
    assertThatThrownBy(() -> client.sequence("no/slash")).hasMessageContaining("PI-LCS-3002");
    assertThat(client.list())
        .filteredOn(one -> one.name().equals("kept"))
        .singleElement()
        .extracting(SequenceInfo::policy, SequenceInfo::next)
        .containsExactly(policy, 102L);
  }

  @Test
  void aJumpTooFarNeedsForce() {
    LcsSequence numbers = client.sequence("jump");
    assertThatThrownBy(() -> numbers.raiseTo(5_000_000, false))
        .hasMessageContaining("PI-LCS-3006")
        .hasMessageContaining("would skip");
    assertThat(numbers.raiseTo(5_000_000, true)).isEqualTo(5_000_001);
  }

  @Test
  void numbersThatTellTheTime() {
    LcsSequence ids = client.create("ids", SequencePolicy.TIME);
    Instant before = Instant.now().minusMillis(2);
    long first = ids.next();
    assertThat(TimeNumber.timeOf(first)).isBetween(before, Instant.now().plusMillis(2));
    long last = first;
    for (int i = 0; i < 1_000; i++) {
      long next = ids.next();
      assertThat(next).isGreaterThan(last);
      last = next;
    }
    assertThat(last).isLessThan(1L << 52);
  }

  @Test
  void aListOfManyComesInPages() {
    for (int i = 0; i < 230; i++) {
      client.sequence("page-" + i).nextAsync().join();
    }
    assertThat(client.list()).extracting(SequenceInfo::name).isSorted().hasSizeGreaterThan(230);
  }

  @Test
  void aWrongTokenIsToldSo() {
    try (LcsClient other = LcsClient.builder().servers(server.address()).token("no").build()) {
      assertThatThrownBy(() -> other.sequence("x").next()).hasMessageContaining("PI-LCS-3007");
      assertThatThrownBy(() -> other.sequence("x").next()).hasMessageContaining("PI-LCS-3007");
    }
  }

  @Test
  void garbageEndsItsConnectionAndNoOther() throws IOException {
    LcsSequence numbers = client.sequence("garbage");
    numbers.next();
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      try (Socket socket = socket()) {
        byte[] bytes = new byte[1 + random.nextInt(3_000)];
        random.nextBytes(bytes);
        bytes[0] &= (byte) (i % 2 == 0 ? 0xFF : 0);
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        socket.setSoTimeout(5_000);
        drain(socket.getInputStream());
      } catch (IOException e) {
        // Reset: as good as closed.
        assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|aborted).*");
      }
      assertThat(numbers.next()).isEqualTo(i + 2);
    }
  }

  @Test
  void aBrowserIsToldThatThisIsAnotherProtocol() throws IOException {
    try (Socket socket = socket()) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(drain(socket.getInputStream()), StandardCharsets.UTF_8);
      assertThat(answer).contains("a frame of length 1195725856");
    }
  }

  private static Socket socket() throws IOException {
    return socket(server);
  }

  private static Socket socket(LcsServer of) throws IOException {
    String[] address = of.address().split(":", -1);
    return new Socket(address[0], Integer.parseInt(address[1]));
  }

  private static byte[] drain(InputStream in) throws IOException {
    return in.readAllBytes();
  }

  private static void send(OutputStream out, ByteBuf frames) throws IOException {
    byte[] bytes = new byte[frames.readableBytes()];
    frames.readBytes(bytes);
    out.write(bytes);
  }

  private static void hello(Socket socket) throws IOException {
    ByteBuf out = Unpooled.buffer();
    int begun = Frames.begin(out, FrameType.HELLO, 0);
    out.writeInt(FrameType.MAGIC).writeByte(FrameType.VERSION);
    Frames.text(out, TOKEN);
    Frames.end(out, begun);
    send(socket.getOutputStream(), out);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] welcome = new byte[in.readInt()];
    in.readFully(welcome);
    assertThat(welcome[0]).isEqualTo(FrameType.WELCOME);
  }

  private static int open(Socket socket, String name) throws IOException {
    ByteBuf out = Unpooled.buffer();
    int begun = Frames.begin(out, FrameType.OPEN, 1);
    Frames.text(out, name);
    out.writeByte(2).writeByte(SequencePolicy.COUNTER.kind().code());
    out.writeLong(SequencePolicy.COUNTER.first()).writeLong(SequencePolicy.COUNTER.last());
    Frames.end(out, begun);
    send(socket.getOutputStream(), out);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] opened = new byte[in.readInt()];
    in.readFully(opened);
    assertThat(opened[0]).isEqualTo(FrameType.OPENED);
    return Unpooled.wrappedBuffer(opened).getInt(9);
  }

  /** Runs of requests are answered at once, what stands between them by itself. */
  @Test
  void requestsThatComeTogetherGetTheirNumbersInOrder() throws Exception {
    LcsServerOptions usual =
        options(folder.resolve("together")).withSecurity(TOKEN, Optional.empty(), Optional.empty());
    try (LcsServer own = LcsServer.start(usual);
        Socket socket = socket(own)) {
      await().atMost(Duration.ofSeconds(60)).until(own::leads);
      socket.setSoTimeout(20_000);
      hello(socket);
      int[] sequences = {open(socket, "together-a"), open(socket, "together-b")};
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int sequence : sequences) {
        // From then on its range is there.
        ByteBuf first = Unpooled.buffer();
        Frames.next(first, 1, sequence, 1);
        send(socket.getOutputStream(), first);
        in.skipNBytes(Frames.NUMBERS_LENGTH);
      }
      ByteBuf out = Unpooled.buffer();
      int requests = 4_000;
      for (int i = 0; i < requests; i++) {
        Frames.next(out, 1L << 45 | i, sequences[i / 700 % 2], i % 1_000 == 999 ? 0 : 1 + i % 5);
      }
      byte[] bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      Thread writer =
          new Thread(
              () -> {
                try {
                  // Pieces that end within a request.
                  for (int at = 0; at < bytes.length; at += 5_000) {
                    socket.getOutputStream().write(bytes, at, Math.min(5_000, bytes.length - at));
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      writer.start();
      Map<Long, long[]> given = new HashMap<>();
      int refused = 0;
      for (int i = 0; i < requests; i++) {
        int length = in.readInt();
        byte type = in.readByte();
        long request = in.readLong() - (1L << 45);
        byte[] body = new byte[length - 9];
        in.readFully(body);
        if (type == FrameType.ERROR) {
          assertThat(request % 1_000).isEqualTo(999);
          refused++;
        } else {
          assertThat(type).isEqualTo(FrameType.NUMBERS);
          ByteBuf numbers = Unpooled.wrappedBuffer(body);
          given.put(request, new long[] {numbers.getLong(0), numbers.getInt(8)});
        }
      }
      writer.join();
      assertThat(refused).isEqualTo(requests / 1_000);
      assertThat(given).hasSize(requests - refused);
      for (int sequence = 0; sequence < 2; sequence++) {
        Set<Long> seen = new HashSet<>();
        for (Map.Entry<Long, long[]> one : given.entrySet()) {
          if (one.getKey() / 700 % 2 == sequence) {
            assertThat(one.getValue()[1]).isEqualTo(1 + one.getKey() % 5);
            for (long n = 0; n < one.getValue()[1]; n++) {
              assertThat(seen.add(one.getValue()[0] + n)).isTrue();
            }
          }
        }
      }
    }
  }

  /** Asks for millions of numbers and reads no answer: the server must not keep them all. */
  @Test
  void whoDoesNotReadIsNotReadEither() throws Exception {
    LcsSequence numbers = client.sequence("slow");
    numbers.next();
    try (Socket socket = socket()) {
      hello(socket);
      AtomicInteger written = new AtomicInteger();
      Thread writer =
          new Thread(
              () -> {
                ByteBuf out = Unpooled.buffer();
                for (int i = 0; i < 10_000; i++) {
                  Frames.next(out, i, 0, 1);
                }
                byte[] bytes = new byte[out.readableBytes()];
                out.readBytes(bytes);
                try {
                  for (int i = 0; i < 500; i++) {
                    socket.getOutputStream().write(bytes);
                    written.incrementAndGet();
                  }
                } catch (IOException e) {
                  // Closed at the end of the test.
                  Thread.currentThread().interrupt();
                }
              });
      writer.start();
      // 105 MB of requests: the writer stands still when the server has stopped reading.
      AtomicInteger before = new AtomicInteger(-1);
      await()
          .pollInterval(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(60))
          .until(() -> before.getAndSet(written.get()) == written.get());
      assertThat(written.get()).isBetween(0, 499);
      assertThat(writer.isAlive()).isTrue();
      long begin = System.nanoTime();
      for (int i = 0; i < 200; i++) {
        numbers.next();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    }
  }

  /** 3,000 questions of 13 bytes, each with an answer of some 20,000. */
  @Test
  void largeAnswersAreMadeOneByOneForWhoReadsThem() throws Exception {
    try (LcsServer own = LcsServer.start(options(folder.resolve("large")));
        LcsClient many = LcsClient.builder().servers(own.address()).build()) {
      for (int i = 100; i < 200; i++) {
        many.sequence("s".repeat(120) + i).next();
      }
      assertThat(own.statusText().length()).isGreaterThan(10_000);
      long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
      try (PlainConnection connection = new PlainConnection("1", own.address(), "plain")) {
        ByteBuf questions = Unpooled.buffer();
        for (int i = 0; i < 3_000; i++) {
          Frames.empty(questions, FrameType.STATUS, i);
        }
        connection.send(questions);
        // The same thread answers these.
        for (int i = 0; i < 200; i++) {
          many.sequence("beside").next();
        }
        assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
            .isLessThan(16L << 20);
        for (int i = 0; i < 3_000; i++) {
          assertThat(connection.frame().getByte(0)).isEqualTo(FrameType.STATUS_TEXT);
        }
      }
    }
  }

  /** Each waits for the group: nobody is to have a thread for each. */
  @Test
  void handOversAreDoneOneAtATime() throws Exception {
    try (LcsServer own = LcsServer.start(options(folder.resolve("transfers")))) {
      await().atMost(Duration.ofSeconds(60)).until(own::leads);
      try (PlainConnection connection = new PlainConnection("1", own.address(), "plain")) {
        ByteBuf transfers = Unpooled.buffer();
        for (int i = 0; i < 2_000; i++) {
          int begun = Frames.begin(transfers, FrameType.TRANSFER, i);
          Frames.text(transfers, "1");
          Frames.end(transfers, begun);
        }
        connection.send(transfers);
        int done = 0;
        int refused = 0;
        for (int i = 0; i < 2_000; i++) {
          ByteBuf answer = connection.frame();
          if (answer.getByte(0) == FrameType.VALUE) {
            done++;
          } else {
            assertThat(answer.toString(StandardCharsets.UTF_8)).contains("is being handed over");
            refused++;
          }
        }
        assertThat(done).isPositive();
        assertThat(refused).isPositive();
      }
    }
  }

  @Test
  void connectionsOfAnAddressAreLimited() throws Exception {
    try (LcsServer limited =
            LcsServer.start(
                options(folder.resolve("few"))
                    .withHttp(new InetSocketAddress("127.0.0.1", 0))
                    .withLimits(ServerLimits.USUAL.with(ServerLimit.ADDRESS_CONNECTIONS, 2)));
        Socket one = socket(limited.address());
        Socket two = socket(http(limited).replace("http://", ""))) {
      assertThat(one.isConnected() && two.isConnected()).isTrue();
      try (Socket three = socket(limited.address())) {
        assertThat(new String(three.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .contains("2 connections of this address are open");
      }
      one.close();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> limited.statusText().contains("\"connections\":1,"));
      try (PlainConnection next = new PlainConnection("1", limited.address(), "a")) {
        assertThat(next.server()).isEqualTo("1");
      }
    }
  }

  private static Socket socket(String address) throws IOException {
    String[] parts = address.split(":", -1);
    Socket socket = new Socket(parts[0], Integer.parseInt(parts[1]));
    socket.setSoTimeout(30_000);
    return socket;
  }

  @Test
  void anAddressThatNobodyCanReadIsNotAdvertised() {
    LcsServerOptions options = options(folder.resolve("advertised"));
    for (String wrong : List.of("foo", "foo:", "foo:0", "foo:70000", "http://foo:1", "::1:7301")) {
      assertThatThrownBy(() -> options.withAdvertised(wrong, ""))
          .as(wrong)
          .hasMessageContaining("PI-LCS-1001 the address advertised to clients is " + wrong);
      assertThatThrownBy(() -> options.withAdvertised("", wrong))
          .hasMessageContaining("advertised to HTTP");
    }
    assertThat(options.withAdvertised("[::1]:7301", "lcs-1.example:7401").advertisedHttp())
        .isEqualTo("lcs-1.example:7401");
  }

  @Test
  void aThousandIdleConnectionsAreNoBurden() throws IOException {
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 1_000; i++) {
        Socket socket = socket();
        idle.add(socket);
        hello(socket);
      }
      LcsSequence numbers = client.sequence("beside-idle");
      for (int i = 1; i <= 500; i++) {
        assertThat(numbers.next()).isEqualTo(i);
      }
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  private static HttpResponse<String> http(String method, String path, String body, String token)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(server.leaderHttp() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + token)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void httpServesThoseWithoutTheSdk() throws Exception {
    await().atMost(Duration.ofSeconds(60)).until(() -> !server.leaderHttp().isEmpty());
    assertThat(http("POST", "/v1/sequences/web/next?n=5", "", TOKEN).body())
        .isEqualToIgnoringNewLines("{\"first\":1,\"count\":5}");
    assertThat(http("POST", "/v1/sequences/web/next", "", TOKEN).body())
        .isEqualToIgnoringNewLines("{\"first\":6,\"count\":1}");
    assertThat(http("GET", "/v1/sequences/web", "", TOKEN).body()).contains("\"current\":6");
    assertThat(http("POST", "/v1/sequences/web/raise", "{\"to\":99}", TOKEN).body())
        .contains("\"next\":100");
    assertThat(http("PUT", "/v1/sequences/t", "{\"kind\":\"time\"}", TOKEN).statusCode())
        .isEqualTo(200);
    assertThat(http("PUT", "/v1/sequences/t", "{}", TOKEN).statusCode()).isEqualTo(409);
    assertThat(http("GET", "/v1/sequences/none", "", TOKEN).statusCode()).isEqualTo(404);
    assertThat(http("POST", "/v1/sequences/web/next?n=x", "", TOKEN).statusCode()).isEqualTo(400);
    assertThat(http("POST", "/v1/sequences/web/raise", "{", TOKEN).statusCode()).isEqualTo(400);
    assertThat(http("POST", "/v1/sequences/w%20eb/next", "", TOKEN).statusCode()).isEqualTo(400);
    assertThat(http("DELETE", "/v1/sequences/web", "", TOKEN).statusCode()).isEqualTo(405);
    assertThat(http("GET", "/nothing", "", TOKEN).statusCode()).isEqualTo(404);
    assertThat(http("POST", "/v1/sequences/web/next", "", "wrong").statusCode()).isEqualTo(401);
    assertThat(http("GET", "/metrics", "", "wrong").statusCode()).isEqualTo(401);
    assertThat(http("GET", "/health", "", "wrong").body()).contains("\"status\":\"up\"");
    assertThat(http("GET", "/metrics", "", TOKEN).body())
        .contains("pi_lcs_leads 1")
        .contains("pi_lcs_numbers_total ")
        .contains("pi_raft_role{role=\"leader\"} 1")
        .containsPattern("pi_raft_sync_seconds_count [1-9]")
        .containsPattern("pi_raft_sync_seconds\\{quantile=\"0.99\"} 0\\.0*[1-9]");
    assertThat(http("GET", "/v1/status", "", TOKEN).body()).contains("\"leads\":true");
    assertThat(http("GET", "/v1/sequences", "", TOKEN).body()).contains("\"name\":\"web\"");
  }

  /** What deploy/monitoring asks Prometheus for is there, and all that is there is documented. */
  @Test
  void alertsAndDashboardNameWhatThereIs() throws Exception {
    String metrics = http("GET", "/metrics", "", TOKEN).body();
    Set<String> there = names(metrics, "(?m)^(pi_\\w+)");
    for (String file : List.of("lcs-alerts.yml", "lcs-dashboard.json")) {
      String text = Files.readString(Path.of("../deploy/monitoring").resolve(file));
      assertThat(names(text, "\\b(pi_\\w+)")).as(file).isNotEmpty();
      Set<String> types = names(metrics, "# TYPE (pi_\\w+)");
      types.addAll(there);
      assertThat(types).as(file).containsAll(names(text, "\\b(pi_\\w+)"));
    }
    String docs =
        Files.readString(Path.of("../docs/lcs.md"))
            + Files.readString(Path.of("../docs/metrics.md"));
    assertThat(docs).contains(there);
  }

  private static Set<String> names(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void tlsIsCheckedByTheClient() throws Exception {
    SelfSigned certificate = SelfSigned.in(folder);
    SelfSigned other = SelfSigned.in(java.nio.file.Files.createDirectory(folder.resolve("other")));
    LcsServerOptions secure =
        options(folder.resolve("tls"))
            .withSecurity(
                "",
                Optional.of(
                    new LcsServerOptions.ServerTls(certificate.certificate(), certificate.key())),
                Optional.empty());
    try (LcsServer tls = LcsServer.start(secure);
        LcsClient trusting =
            LcsClient.builder().servers(tls.address()).tls(certificate.certificate()).build();
        LcsClient doubting =
            LcsClient.builder()
                .servers(tls.address())
                .tls(other.certificate())
                .callTimeout(Duration.ofSeconds(1))
                .build();
        LcsClient plain =
            LcsClient.builder().servers(tls.address()).callTimeout(Duration.ofSeconds(1)).build()) {
      assertThat(trusting.sequence("a").next()).isEqualTo(1);
      assertThatThrownBy(() -> doubting.sequence("a").next()).hasMessageContaining("PI-LCS-2002");
      assertThatThrownBy(() -> plain.sequence("a").next())
          .hasMessageMatching("(?s).*PI-LCS-(2002|3008).*");
    }
  }

  @Test
  void strictlyEachBatchIsConfirmed() {
    try (LcsServer strict = LcsServer.start(options(folder.resolve("strict")).withStrict(true));
        LcsClient asking = LcsClient.builder().servers(strict.address()).build()) {
      LcsSequence numbers = asking.sequence("a");
      long commit = 0;
      for (int i = 1; i <= 50; i++) {
        assertThat(numbers.next()).isEqualTo(i);
        long now = commit(strict);
        assertThat(now).as("an entry of its own").isGreaterThan(commit);
        commit = now;
      }
      assertThat(numbers.current()).isEqualTo(50);
    }
  }

  private static long commit(LcsServer of) {
    Matcher found = Pattern.compile("\"commit\":(\\d+)").matcher(of.statusText());
    assertThat(found.find()).isTrue();
    return Long.parseLong(found.group(1));
  }

  @Test
  void sequencesAreNotCreatedWhereThatIsOff() {
    try (LcsServer closed = LcsServer.start(options(folder.resolve("closed")).withCreate(false));
        LcsClient asking = LcsClient.builder().servers(closed.address()).build()) {
      assertThatThrownBy(() -> asking.sequence("a").next()).hasMessageContaining("PI-LCS-3001");
      asking.create("a", SequencePolicy.COUNTER);
      assertThat(asking.sequence("a").next()).isEqualTo(1);
    }
  }

  /** A client that asks for more than its share waits, and others don't wait with it. */
  @Test
  void numbersASecondOfAConnectionAreLimited() throws Exception {
    try (LcsServer limited =
            LcsServer.start(
                options(folder.resolve("limited"))
                    .withHttp(new InetSocketAddress("127.0.0.1", 0))
                    .withLimits(ServerLimits.USUAL.with(ServerLimit.RATE, 1_000)));
        LcsClient greedy = LcsClient.builder().servers(limited.address()).build();
        LcsClient modest = LcsClient.builder().servers(limited.address()).build()) {
      greedy.sequence("a").next();
      modest.sequence("a").next();
      long begin = System.nanoTime();
      // 1,000 are saved up, 2,000 more come in two seconds.
      for (int i = 0; i < 30; i++) {
        greedy.sequence("a").nextRange(100);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThan(Duration.ofMillis(1_500));
      // For some seconds.
      CompletableFuture<NumberRange> waits = greedy.sequence("a").nextRangeAsync(3_000);
      for (int i = 0; i < 10; i++) {
        modest.sequence("a").next();
      }
      assertThat(waits).as("others don't wait with it").isNotDone();
      assertThat(waits.join().count()).isEqualTo(3_000);
      HttpClient http = HttpClient.newHttpClient();
      HttpRequest ask =
          HttpRequest.newBuilder(URI.create(http(limited) + "/v1/sequences/a/next?n=2000"))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      assertThat(http.send(ask, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      HttpResponse<String> refused = http.send(ask, HttpResponse.BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body())
          .contains("\"error\":\"PI-LCS-2003\"")
          .contains("\"message\":\"this connection has asked for more than 1000 numbers a second\"")
          .contains("\"remedy\":\"ask for fewer, or raise the servers' limit rate\"");
    }
  }

  /** Else who opens more connections, or asks over HTTP too, would get more. */
  @Test
  void numbersASecondOfAnAddressAreLimited() throws Exception {
    try (LcsServer limited =
        LcsServer.start(
            options(folder.resolve("address"))
                .withHttp(new InetSocketAddress("127.0.0.1", 0))
                .withLimits(ServerLimits.USUAL.with(ServerLimit.ADDRESS_RATE, 100)))) {
      try (LcsClient first = LcsClient.builder().servers(limited.address()).build()) {
        first.sequence("a").nextRange(100_000);
      }
      try (LcsClient second =
          LcsClient.builder()
              .servers(limited.address())
              .callTimeout(Duration.ofMillis(500))
              .build()) {
        // It asks again and again until its time is over.
        assertThatThrownBy(() -> second.sequence("a").next()).hasMessageContaining("PI-LCS-2002");
      }
      HttpResponse<String> refused =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(http(limited) + "/v1/sequences/a/next"))
                      .POST(HttpRequest.BodyPublishers.noBody())
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("raise the servers' limit address-rate");
    }
  }

  private static String http(LcsServer of) {
    await().atMost(Duration.ofSeconds(60)).until(() -> !of.leaderHttp().isEmpty());
    return of.leaderHttp();
  }

  @Test
  void aTakenAddressIsNamed() {
    String[] taken = server.address().split(":", -1);
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    LcsServerOptions options =
        LcsServerOptions.of(
            self,
            List.of(self),
            folder.resolve("taken"),
            new InetSocketAddress("127.0.0.1", Integer.parseInt(taken[1])));
    assertThatThrownBy(() -> LcsServer.start(options))
        .hasMessageContaining("PI-LCS-1001")
        .hasMessageContaining("cannot listen at " + server.address());
  }

  @Test
  void aClosedClientAnswersNobody() {
    LcsClient gone = LcsClient.builder().servers(server.address()).token(TOKEN).build();
    LcsSequence numbers = gone.sequence("gone");
    numbers.next();
    gone.close();
    assertThatThrownBy(() -> numbers.nextAsync().get(3, java.util.concurrent.TimeUnit.SECONDS))
        .hasMessageContaining("PI-LCS-3010");
  }
}
