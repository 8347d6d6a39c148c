package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the leader on which a thread that waits sends a request and reads the answer
 * itself: no other thread stands between it and the server. One request at a time.
 *
 * <p>It is no more than a shorter way. Whenever it can't be gone, for whatever reason, the same is
 * asked of the {@link LeaderRouter}, which finds out who leads and tries again; numbers that were
 * under way here are skipped then.
 */
final class DirectLine {
  private static final Logger LOG = LoggerFactory.getLogger(DirectLine.class);

  /** Instead of a number: to be asked for in the other way. */
  static final long NONE = -1;

  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ClientOptions options;
  private final LeaderRouter router;
  private final AtomicBoolean taken = new AtomicBoolean();

  /** As bytes for the channel, and as frames. Made when the first thread waits. */
  private ByteBuffer outBytes;

  private ByteBuf out;
  private ByteBuffer inBytes;
  private ByteBuf in;
  private long request;

  /** Where it leads to, or did last. */
  private volatile Endpoint to;

  private volatile SocketChannel channel;
  private volatile boolean closed;

  /** When what is under way began, as {@link System#nanoTime}; 0 if nothing is. */
  private volatile long since;

  /** The router's connection to the leader, and the time, when this one failed. */
  private volatile ServerConnection failedBeside;

  private volatile long failedAt;

  DirectLine(ClientOptions options, LeaderRouter router) {
    this.options = options;
    this.router = router;
  }

  /** Whether it is worth to be tried. */
  boolean mayServe() {
    // TLS is spoken by the other way only.
    if (options.tls().isPresent() || closed) {
      return false;
    }
    if (channel != null) {
      return true;
    }
    ServerConnection leader = router.leader();
    return leader != null && (leader != failedBeside || System.nanoTime() - failedAt > AGAIN_NANOS);
  }

  /**
   * Asks for numbers. May be called by any thread.
   *
   * @return the first number, or {@link #NONE}
   */
  long ask(int sequence, int count) {
    if (!mayServe() || !taken.compareAndSet(false, true)) {
      return NONE;
    }
    try {
      since = System.nanoTime() | 1;
      return connected() ? exchange(sequence, count) : NONE;
    } catch (IOException | UnresolvedAddressException e) {
      failed(e);
      return NONE;
    } finally {
      since = 0;
      taken.set(false);
    }
  }

  private boolean connected() throws IOException {
    ServerConnection leader = router.leader();
    if (channel != null && (leader == null || leader.endpoint().equals(to))) {
      return true;
    }
    hangUp();
    if (leader == null) {
      return false;
    }
    if (in == null) {
      outBytes = ByteBuffer.allocateDirect(Frames.NEXT_LENGTH);
      out = Unpooled.wrappedBuffer(outBytes);
      inBytes = ByteBuffer.allocateDirect(4 + FrameType.LARGEST);
      in = Unpooled.wrappedBuffer(inBytes);
    }
    to = leader.endpoint();
    SocketChannel opened = SocketChannel.open();
    channel = opened;
    if (closed) {
      throw new IOException("the client is closed");
    }
    opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
    opened.socket().connect(to.address(), (int) options.connectTimeout().toMillis());
    greet(opened);
    return true;
  }

  private void greet(SocketChannel opened) throws IOException {
    ByteBuf hello = Unpooled.buffer();
    int begun = Frames.begin(hello, FrameType.HELLO, 0);
    hello.writeInt(FrameType.MAGIC).writeByte(FrameType.VERSION);
    Frames.text(hello, options.token());
    Frames.end(hello, begun);
    write(opened, hello.nioBuffer());
    read(opened);
    boolean leads =
        in.getByte(4) == FrameType.WELCOME
            && in.getByte(FrameType.HEADER) == FrameType.VERSION
            && in.getBoolean(FrameType.HEADER + 1);
    if (!leads) {
      throw new IOException(to + " doesn't lead, or doesn't take us");
    }
  }

  private long exchange(int sequence, int count) throws IOException {
    SocketChannel open = channel;
    if (open == null) {
      return NONE;
    }
    request++;
    Frames.next(out.clear(), request, sequence, count);
    write(open, outBytes.clear());
    read(open);
    if (in.getLong(5) != request) {
      throw new IOException(to + " answered request " + in.getLong(5) + ", not " + request);
    }
    byte type = in.getByte(4);
    if (type == FrameType.NUMBERS) {
      return in.getLong(FrameType.HEADER);
    }
    if (type != FrameType.ERROR) {
      throw new IOException(to + " sent a frame of type " + type);
    }
    LcsError error = LcsError.of(in.getUnsignedShort(FrameType.HEADER));
    if (error.retryable()) {
      throw new IOException(to + " refused: " + error);
    }
    // The other way gets it too, and has the caller know.
    return NONE;
  }

  private static void write(SocketChannel open, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      open.write(bytes);
    }
  }

  /** Reads one frame; there are no more, as nothing else was asked. */
  private void read(SocketChannel open) throws IOException {
    inBytes.clear();
    int wanted = 4;
    while (inBytes.position() < wanted || wanted == 4) {
      if (open.read(inBytes) < 0) {
        throw new EOFException(to + " ended the connection");
      }
      if (wanted == 4 && inBytes.position() >= 4) {
        int length = inBytes.getInt(0);
        if (length < FrameType.HEADER - 4 || length > FrameType.LARGEST) {
          throw new IOException(to + " sent a frame of length " + length);
        }
        wanted = 4 + length;
      }
    }
    if (inBytes.position() > wanted) {
      throw new IOException(to + " sent more than was asked for");
    }
  }

  private void failed(Exception why) {
    LOG.debug("the direct line to {} failed", to, why);
    // Who is interrupted has closed it, which the server is not to blame for.
    if (!Thread.currentThread().isInterrupted()) {
      failedAt = System.nanoTime();
      failedBeside = router.leader();
    }
    hangUp();
  }

  private void hangUp() {
    SocketChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("closing failed", e);
      }
    }
  }

  /**
   * Breaks off what takes longer than it may: whoever waits for it goes the other way.
   *
   * @return where no answer came from; null if nothing takes too long
   */
  Endpoint breakOff(long now, long longestNanos) {
    long begun = since;
    if (begun == 0 || now - begun <= longestNanos) {
      return null;
    }
    hangUp();
    return to;
  }

  void close() {
    closed = true;
    hangUp();
  }
}
