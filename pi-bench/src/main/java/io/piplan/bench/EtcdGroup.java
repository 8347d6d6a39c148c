package io.piplan.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;

/**
 * Three members of etcd, as they are by default: each put is on a majority's disks. A put's
 * revision is a number that grows, so this is what one would use without PiLCS. Asked by gRPC at
 * the leader.
 */
final class EtcdGroup implements AutoCloseable {
  private final List<ChildProcess> members = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();

  EtcdGroup(Path program, Path folder) {
    List<Integer> peers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ports.add(ChildProcess.freePort());
      peers.add(ChildProcess.freePort());
    }
    String cluster =
        IntStream.range(0, 3)
            .mapToObj(i -> "e" + i + "=http://127.0.0.1:" + peers.get(i))
            .collect(Collectors.joining(","));
    for (int i = 0; i < 3; i++) {
      String client = "http://127.0.0.1:" + ports.get(i);
      String peer = "http://127.0.0.1:" + peers.get(i);
      members.add(
          ChildProcess.start(
              folder.resolve("etcd.log"),
              List.of(
                  program.toString(),
                  "--name=e" + i,
                  "--data-dir=" + folder.resolve("etcd-" + i),
                  "--listen-client-urls=" + client,
                  "--advertise-client-urls=" + client,
                  "--listen-peer-urls=" + peer,
                  "--initial-advertise-peer-urls=" + peer,
                  "--initial-cluster=" + cluster)));
    }
  }

  private int leaderPort() {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    HttpClient http = HttpClient.newHttpClient();
    while (System.nanoTime() < deadline) {
      for (int port : ports) {
        try {
          String body =
              http.send(
                      HttpRequest.newBuilder(
                              URI.create("http://127.0.0.1:" + port + "/v3/maintenance/status"))
                          .POST(HttpRequest.BodyPublishers.ofString("{}"))
                          .build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body();
          JsonNode status = new ObjectMapper().readTree(body);
          String self = status.path("header").path("member_id").asText("?");
          if (self.equals(status.path("leader").asText())) {
            return port;
          }
        } catch (IOException e) {
          Pause.millis(100);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new BenchException("interrupted", e);
        }
      }
      Pause.millis(100);
    }
    throw new BenchException("no member of etcd leads");
  }

  /** Puts of one key, so many under way at once. */
  RateTable.Rate puts(int outstanding, double seconds) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", leaderPort()).usePlaintext().build();
    try {
      return new Puts(channel, outstanding).run(seconds);
    } finally {
      channel.shutdownNow();
    }
  }

  private static final class Puts {
    /** {@code PutRequest{key="k", value="v"}}. */
    private static final byte[] REQUEST = {0x0A, 1, 'k', 0x12, 1, 'v'};

    private static final MethodDescriptor.Marshaller<byte[]> BYTES =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public java.io.InputStream stream(byte[] value) {
            return new java.io.ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(java.io.InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new BenchException("answer of etcd", e);
            }
          }
        };

    private static final MethodDescriptor<byte[], byte[]> PUT =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("etcdserverpb.KV/Put")
            .setRequestMarshaller(BYTES)
            .setResponseMarshaller(BYTES)
            .build();

    private final ManagedChannel channel;
    private final CountDownLatch running;
    private final int outstanding;
    private final LongAdder done = new LongAdder();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final double[] samples = new double[500_000];
    private int sampled;
    private volatile long end;

    Puts(ManagedChannel channel, int outstanding) {
      this.channel = channel;
      this.outstanding = outstanding;
      this.running = new CountDownLatch(outstanding);
    }

    RateTable.Rate run(double seconds) {
      end = System.nanoTime() + (long) ((seconds + 1.5) * 1e9);
      for (int i = 0; i < outstanding; i++) {
        ask();
      }
      Pause.millis(1_500);
      long before = done.sum();
      long begin = System.nanoTime();
      Pause.millis((long) (seconds * 1_000) - 50);
      double perSecond = (done.sum() - before) * 1e9 / (System.nanoTime() - begin);
      try {
        running.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BenchException("interrupted", e);
      }
      if (failure.get() != null) {
        throw new BenchException("etcd failed", failure.get());
      }
      synchronized (samples) {
        return RateTable.Rate.of(
            perSecond, java.util.Arrays.copyOf(samples, Math.min(sampled, samples.length)));
      }
    }

    /** Goes on when it is called back, as a caller of pi-raft does. */
    private void ask() {
      long begin = System.nanoTime();
      ClientCalls.asyncUnaryCall(
          channel.newCall(PUT, CallOptions.DEFAULT),
          REQUEST,
          new StreamObserver<byte[]>() {
            @Override
            public void onNext(byte[] value) {
              done.increment();
              sample((System.nanoTime() - begin) / 1e3);
            }

            @Override
            public void onError(Throwable cause) {
              failure.set(cause);
              running.countDown();
            }

            @Override
            public void onCompleted() {
              if (System.nanoTime() < end && failure.get() == null) {
                ask();
              } else {
                running.countDown();
              }
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

  @Override
  public void close() {
    members.forEach(ChildProcess::close);
  }
}
