package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.SequencePolicy;
import io.piplan.raft.RaftMember;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Terms that follow each other at one server, on a group of one. */
@SuppressWarnings("AddressSelection")
class OperationsIT {
  private static final int STEP = 100;

  @TempDir Path folder;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final AtomicReference<Leadership> leads = new AtomicReference<>();
  private LcsServer server;
  private Operations operations;

  @BeforeEach
  void start() {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    LcsServerOptions options =
        LcsServerOptions.of(self, List.of(self), folder, new InetSocketAddress("127.0.0.1", 0))
            .withElection(Duration.ofSeconds(2), Duration.ofSeconds(4));
    server = LcsServer.start(options);
    await().atMost(Duration.ofSeconds(60)).until(server::leads);
    operations = new Operations(options, server.node(), leads::get, anew -> {}, timer);
    begin();
  }

  @AfterEach
  void end() {
    server.close();
    timer.shutdownNow();
  }

  private Leadership leadership() {
    long term = server.node().status().term();
    return new Leadership(term, server.node(), STEP, timer, new ServerMetrics());
  }

  private void begin() {
    Leadership next = leadership();
    next.begin();
    await().atMost(Duration.ofSeconds(60)).until(next::mayAnswer);
    leads.set(next);
  }

  private SequenceState open() {
    return operations.open("a", Optional.empty(), true).join();
  }

  /** Found in one term and asked in a later one, in between which another server gave numbers. */
  @Test
  void whatIsLeftOfAnEarlierTermIsNeverGiven() {
    SequenceState earlier = open();
    assertThat(operations.next(earlier, 1).join().first()).isEqualTo(1);
    begin();
    SequenceState later = open();
    assertThat(operations.next(later, 1).join().first()).isGreaterThan(STEP);
    assertRefused(() -> operations.next(earlier, 1).join());
    assertRefused(() -> operations.current(earlier).join());
    assertRefused(() -> operations.raise(earlier, 50, false).join());
    assertThat(operations.next(open(), 1).join().first()).isGreaterThan(STEP + 1);
  }

  private static void assertRefused(Runnable ask) {
    assertThatThrownBy(ask::run)
        .cause()
        .isInstanceOfSatisfying(
            LcsException.class, e -> assertThat(e.error()).isEqualTo(LcsError.NOT_LEADER));
  }

  /** In bytes, as the time says little on a busy machine: a copy for each would be 800 MB. */
  @Test
  void aLeaderWithManySequencesBeginsSoon() {
    List<LcsAnswer.Stored> many =
        IntStream.range(0, 20_000)
            .mapToObj(id -> new LcsAnswer.Stored(id, "s" + id, SequencePolicy.COUNTER, 0))
            .toList();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Leadership next = leadership();
    next.addAll(many);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(50L << 20);
    assertThat(next.after("", 100_000)).hasSize(20_000);
  }
}
