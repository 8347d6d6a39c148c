package io.piplan.bench;

import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftNode;
import io.piplan.raft.RaftOptions;
import io.piplan.raft.ReplicatedState;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A member of a group that counts. Told by lines on standard input what to do. */
@Command(name = "raft-worker", hidden = true)
final class RaftWorker implements Callable<Integer> {
  static final int USUAL_IN_FLIGHT = 2;

  @Option(names = "--in-flight")
  private int inFlight = USUAL_IN_FLIGHT;

  @Option(names = "--id", required = true)
  private String id;

  @Option(names = "--peers", required = true, split = ",")
  private List<String> peers;

  @Option(names = "--dir", required = true)
  private Path directory;

  @Option(names = "--election-ms", required = true, split = "-", arity = "1")
  private List<Long> election;

  @Option(names = "--alone", description = "One entry for each command.")
  private boolean alone;

  @Option(names = "--bare", description = "Ratis as it comes, and a client of its own.")
  private boolean bare;

  private Member member;

  /** What is measured. */
  private interface Member extends AutoCloseable {
    boolean leads();

    CompletableFuture<?> submit(byte[] command);

    @Override
    void close() throws IOException;
  }

  private Member ofRatis() throws IOException {
    BareRatis ratis = new BareRatis(id, peers, directory, election);
    return new Member() {
      @Override
      public boolean leads() {
        return ratis.leads();
      }

      @Override
      public CompletableFuture<?> submit(byte[] command) {
        return ratis.submit(command);
      }

      @Override
      public void close() throws IOException {
        ratis.close();
      }
    };
  }

  private Member ofPiRaft() {
    RaftNode node = node();
    return new Member() {
      @Override
      public boolean leads() {
        return node.status().ready();
      }

      @Override
      public CompletableFuture<?> submit(byte[] command) {
        return node.caller().submit(command);
      }

      @Override
      public void close() {
        node.close();
      }
    };
  }

  private RaftNode node() {
    List<RaftMember> members = peers.stream().map(RaftMember::parse).toList();
    RaftMember self =
        members.stream().filter(member -> member.id().equals(id)).findFirst().orElseThrow();
    RaftOptions options =
        RaftOptions.of("bench", self, members, directory)
            .withElection(Duration.ofMillis(election.get(0)), Duration.ofMillis(election.get(1)));
    RaftOptions.Batch batch =
        alone
            ? new RaftOptions.Batch(1, 1 << 20, 4_096, 100_000)
            : new RaftOptions.Batch(
                options.batch().commands(),
                options.batch().bytes(),
                inFlight,
                options.batch().waiting());
    return RaftNode.start(options.withBatch(batch), new Sum());
  }

  @Override
  public Integer call() throws IOException {
    member = bare ? ofRatis() : ofPiRaft();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("leads")) {
        answer(String.valueOf(member.leads()));
      } else if (words[0].equals("load")) {
        answer(new Load(Integer.parseInt(words[1])).run(Double.parseDouble(words[2])));
      }
    }
    member.close();
    return 0;
  }

  private static void answer(String text) {
    System.out.println("> " + text);
    System.out.flush();
  }

  /**
   * So many callers, each of which goes on when it is called back; the answer is {@code commands/s
   * p50 p99}.
   */
  private final class Load {
    private final int outstanding;
    private final CountDownLatch running;
    private final LongAdder done = new LongAdder();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final double[] samples = new double[1_000_000];
    private final byte[] command = ByteBuffer.allocate(8).putLong(1).array();
    private int sampled;
    private long warm;
    private long end;

    Load(int outstanding) {
      this.outstanding = outstanding;
      this.running = new CountDownLatch(outstanding);
    }

    String run(double seconds) {
      warm = System.nanoTime() + 1_500_000_000L;
      end = warm + (long) (seconds * 1e9);
      for (int i = 0; i < outstanding; i++) {
        ask();
      }
      try {
        running.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BenchException("interrupted", e);
      }
      if (failure.get() != null) {
        return "failed " + failure.get();
      }
      Samples all;
      synchronized (samples) {
        all = Samples.of(Arrays.copyOf(samples, Math.max(1, Math.min(sampled, samples.length))));
      }
      return done.sum() / seconds + " " + all.median() + " " + all.percentile(99);
    }

    private void ask() {
      long begin = System.nanoTime();
      var unused =
          member
              .submit(command)
              .whenComplete(
                  (answer, failed) -> {
                    if (failed != null) {
                      failure.set(failed);
                    }
                    long now = System.nanoTime();
                    if (begin >= warm && now < end) {
                      done.increment();
                      sample((now - begin) / 1e3);
                    }
                    if (now < end && failure.get() == null) {
                      ask();
                    } else {
                      running.countDown();
                    }
                  });
    }

    private void sample(double micros) {
      synchronized (samples) {
        if (sampled < samples.length) {
          samples[sampled++] = micros;
        }
      }
    }
  }

  private static final class Sum implements ReplicatedState {
    private long sum;

    @Override
    public byte[] apply(long index, byte[] command) {
      sum += ByteBuffer.wrap(command).getLong();
      return ByteBuffer.allocate(8).putLong(sum).array();
    }

    @Override
    public byte[] query(byte[] query) {
      return ByteBuffer.allocate(8).putLong(sum).array();
    }

    @Override
    public void save(DataOutputStream out) throws IOException {
      out.writeLong(sum);
    }

    @Override
    public void load(DataInputStream in) throws IOException {
      sum = in.readLong();
    }
  }
}
