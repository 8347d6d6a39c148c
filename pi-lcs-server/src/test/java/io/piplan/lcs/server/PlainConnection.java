package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;

/** One connection to one server, which it keeps asking: no SDK that would look for the leader. */
@SuppressWarnings("AddressSelection")
final class PlainConnection implements AutoCloseable {
  /** What {@link #answer} says for a refusal. */
  static final long REFUSED = -1;

  private static final int NONE = -1;

  private final String server;
  private final Socket socket;
  private final DataInputStream in;
  private final int sequence;

  /** To the leader, which has just given a number; another may lead at any time after that. */
  static PlainConnection toLeader(Cluster cluster, String name) {
    return await()
        .atMost(Duration.ofSeconds(90))
        .ignoreExceptions()
        .until(
            () -> {
              String leader = cluster.leader();
              PlainConnection connection =
                  new PlainConnection(leader, cluster.server(leader), name);
              if (connection.sequence != NONE && connection.next() != REFUSED) {
                return connection;
              }
              connection.close();
              return null;
            },
            Objects::nonNull);
  }

  PlainConnection(String server, String address, String name) throws IOException {
    this.server = server;
    String[] parts = address.split(":", -1);
    this.socket = new Socket(parts[0], Integer.parseInt(parts[1]));
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(30_000);
    this.in = new DataInputStream(socket.getInputStream());
    ByteBuf hello = Unpooled.buffer();
    int begun = Frames.begin(hello, FrameType.HELLO, 0);
    hello.writeInt(FrameType.MAGIC).writeByte(FrameType.VERSION);
    Frames.text(hello, "");
    Frames.end(hello, begun);
    send(hello);
    assertThat(frame().getByte(0)).isEqualTo(FrameType.WELCOME);
    this.sequence = open(name);
  }

  private int open(String name) throws IOException {
    ByteBuf open = Unpooled.buffer();
    int begun = Frames.begin(open, FrameType.OPEN, 1);
    Frames.text(open, name);
    open.writeByte(2).writeByte(SequencePolicy.COUNTER.kind().code());
    open.writeLong(SequencePolicy.COUNTER.first()).writeLong(SequencePolicy.COUNTER.last());
    Frames.end(open, begun);
    send(open);
    ByteBuf opened = frame();
    return opened.getByte(0) == FrameType.OPENED ? opened.getInt(9) : NONE;
  }

  /** To which one it goes. */
  String server() {
    return server;
  }

  void send(ByteBuf frames) throws IOException {
    byte[] bytes = new byte[frames.readableBytes()];
    frames.readBytes(bytes);
    socket.getOutputStream().write(bytes);
  }

  /** The next one, from its type on. */
  ByteBuf frame() throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return Unpooled.wrappedBuffer(bytes);
  }

  /** Asks for one number and doesn't wait for it. */
  void ask() throws IOException {
    ByteBuf next = Unpooled.buffer();
    Frames.next(next, 2, sequence, 1);
    send(next);
  }

  /** The number that was asked for longest ago; {@link #REFUSED} if there is none. */
  long answer() throws IOException {
    ByteBuf frame = frame();
    byte type = frame.getByte(0);
    assertThat(type).isIn(FrameType.NUMBERS, FrameType.ERROR);
    return type == FrameType.NUMBERS ? frame.getLong(9) : REFUSED;
  }

  long next() throws IOException {
    ask();
    return answer();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
