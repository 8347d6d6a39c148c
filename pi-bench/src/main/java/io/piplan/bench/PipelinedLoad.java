package io.piplan.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import io.piplan.lcs.wire.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connections that keep a number of requests under way each: as many new ones are written, at once,
 * as answers were read. The same for PiLCS, a bare echo and Redis; only the bytes differ.
 */
final class PipelinedLoad {
  private static final int MOST_OUTSTANDING = 1_024;

  private final Peer peer;
  private final double seconds;

  /** What is spoken. */
  enum Dialect {
    /** Frames for one number each, after HELLO and OPEN. */
    LCS,
    /** The same frames, sent back as they are. */
    ECHO,
    /** INCR of one key. */
    REDIS
  }

  record Peer(Dialect dialect, int port) {}

  PipelinedLoad(Peer peer, double seconds) {
    this.peer = peer;
    this.seconds = seconds;
  }

  RateTable.Rate run(int connections, int outstanding) {
    EventLoopGroup loops = Transport.loops(1, "pipelined");
    LongAdder answers = new LongAdder();
    List<Talk> talks = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        Talk talk = new Talk(outstanding, answers);
        talks.add(talk);
        connect(loops, talk);
      }
      Pause.millis(1_500);
      talks.forEach(Talk::beginSampling);
      long before = answers.sum();
      long begin = System.nanoTime();
      Pause.millis((long) (seconds * 1_000));
      double perSecond = (answers.sum() - before) * 1e9 / (System.nanoTime() - begin);
      for (Talk talk : talks) {
        if (talk.failure != null) {
          throw new BenchException(peer + " answered " + talk.failure);
        }
      }
      return RateTable.Rate.of(
          perSecond, outstanding == 1 ? talks.get(0).samples() : new double[0]);
    } finally {
      loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @SuppressWarnings("AddressSelection")
  private void connect(EventLoopGroup loops, Talk talk) {
    Channel channel =
        new Bootstrap()
            .group(loops)
            .channel(Transport.clientChannel())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel made) {
                    made.pipeline().addLast(talk);
                  }
                })
            .connect(new InetSocketAddress("127.0.0.1", peer.port()))
            .syncUninterruptibly()
            .channel();
    talk.begin(channel);
  }

  private ByteBuf requests(int count) {
    ByteBuf out = Unpooled.directBuffer(count * 32);
    for (int i = 0; i < count; i++) {
      if (peer.dialect() == Dialect.REDIS) {
        out.writeBytes(
            "*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      } else {
        Frames.next(out, 1, 0, 1);
      }
    }
    return out;
  }

  private final class Talk extends ChannelInboundHandlerAdapter {
    private static final int ANSWER = FrameType.HEADER + 12;
    private static final int REQUEST = FrameType.HEADER + 8;

    private final int outstanding;
    private final LongAdder answers;
    private final ByteBuf many = requests(MOST_OUTSTANDING);
    private final int size = many.readableBytes() / MOST_OUTSTANDING;
    private final double[] samples = new double[1_000_000];
    private int sampled;
    private long sentAt;
    private volatile boolean sampling;
    private volatile String failure;
    private int greetings;
    private long bytes;
    private int fresh;

    Talk(int outstanding, LongAdder answers) {
      this.outstanding = outstanding;
      this.answers = answers;
    }

    void begin(Channel channel) {
      if (peer.dialect() == Dialect.LCS) {
        ByteBuf out = channel.alloc().ioBuffer();
        int begun = Frames.begin(out, FrameType.HELLO, 0);
        out.writeInt(FrameType.MAGIC).writeByte(FrameType.VERSION);
        Frames.text(out, "");
        Frames.end(out, begun);
        begun = Frames.begin(out, FrameType.OPEN, 0);
        Frames.text(out, "bench-raw");
        out.writeByte(2).writeByte(0).writeLong(1).writeLong(1);
        Frames.end(out, begun);
        greetings = 2;
        var unused = channel.writeAndFlush(out);
      } else {
        channel.eventLoop().execute(() -> ask(channel, outstanding));
      }
    }

    void beginSampling() {
      sampling = true;
    }

    double[] samples() {
      return Arrays.copyOf(samples, Math.min(sampled, samples.length));
    }

    private void ask(Channel channel, int count) {
      sentAt = System.nanoTime();
      for (int left = count; left > 0; left -= MOST_OUTSTANDING) {
        var unused =
            channel.write(
                many.retainedSlice(0, Math.min(left, MOST_OUTSTANDING) * size),
                channel.voidPromise());
      }
      channel.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf in = (ByteBuf) message;
      try {
        while (greetings > 0 && in.isReadable()) {
          greet(context, in);
        }
        fresh += count(in);
      } finally {
        in.release();
      }
    }

    private void greet(ChannelHandlerContext context, ByteBuf in) {
      int length = in.readInt();
      byte type = in.getByte(in.readerIndex());
      in.skipBytes(length);
      if (type != FrameType.WELCOME && type != FrameType.OPENED) {
        failure = "frame " + type;
      }
      greetings--;
      if (greetings == 0) {
        ask(context.channel(), outstanding);
      }
    }

    private int count(ByteBuf in) {
      if (peer.dialect() == Dialect.REDIS) {
        int lines = 0;
        int at = in.readerIndex();
        while ((at = in.indexOf(at, in.writerIndex(), (byte) '\n')) >= 0) {
          lines++;
          at++;
        }
        return lines;
      }
      int each = peer.dialect() == Dialect.LCS ? ANSWER : REQUEST;
      if (failure == null && bytes % each == 0 && in.readableBytes() >= 5) {
        byte type = in.getByte(in.readerIndex() + 4);
        byte right = peer.dialect() == Dialect.LCS ? FrameType.NUMBERS : FrameType.NEXT;
        failure = type == right ? null : refusal(type, in);
      }
      long before = bytes / each;
      bytes += in.readableBytes();
      return (int) (bytes / each - before);
    }

    private String refusal(byte type, ByteBuf in) {
      ByteBuf body = in.slice().skipBytes(Math.min(in.readableBytes(), FrameType.HEADER));
      try {
        return type == FrameType.ERROR ? Frames.error(body).getMessage() : "frame " + type;
      } catch (IndexOutOfBoundsException e) {
        return "a refusal that came in pieces";
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (fresh == 0 || failure != null) {
        return;
      }
      if (sampling && sampled < samples.length) {
        samples[sampled++] = (System.nanoTime() - sentAt) / 1e3;
      }
      answers.add(fresh);
      int count = fresh;
      fresh = 0;
      ask(context.channel(), count);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      many.release();
    }
  }
}
