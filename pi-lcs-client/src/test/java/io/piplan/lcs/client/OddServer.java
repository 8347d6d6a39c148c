package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Speaks the protocol of a server that leads, on the first connection. On later ones, which are
 * those of threads that wait, it is as odd as it is told to be.
 */
final class OddServer implements AutoCloseable {
  enum Oddity {
    NONE,
    ENDS_AT_HELLO,
    DOES_NOT_LEAD,
    OTHER_VERSION,
    ENDS_AT_NEXT,
    ENDS_WITHIN_AN_ANSWER,
    SILENT,
    OTHER_REQUEST,
    OTHER_TYPE,
    TOO_LONG,
    TWO_ANSWERS,
    NOT_LEADER,
    OVERLOADED
  }

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final AtomicLong numbers = new AtomicLong(1);
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger direct = new AtomicInteger();
  private volatile Oddity oddity;

  OddServer(Oddity oddity) throws IOException {
    this.oddity = oddity;
    Thread thread = new Thread(this::accept, "odd-server");
    thread.setDaemon(true);
    thread.start();
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  void become(Oddity other) {
    oddity = other;
  }

  /** Requests for numbers that were answered, on all connections. */
  int requests() {
    return requests.get();
  }

  /** The same, but for the first connection. */
  int direct() {
    return direct.get();
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        sockets.add(socket);
        int number = connections.incrementAndGet();
        Thread thread = new Thread(() -> serve(socket, number), "odd-server-" + number);
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      // Closed.
      return;
    }
  }

  private void serve(Socket socket, int connection) {
    try (socket) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        ByteBuf body = Unpooled.wrappedBuffer(frame);
        byte type = body.readByte();
        if (!answer(connection, type, body.readLong(), body, socket.getOutputStream())) {
          return;
        }
      }
    } catch (IOException e) {
      // The client has gone.
      return;
    }
  }

  /** Whether the connection goes on. */
  private boolean answer(int connection, byte type, long request, ByteBuf body, OutputStream to)
      throws IOException {
    Oddity now = connection == 1 ? Oddity.NONE : oddity;
    ByteBuf out = Unpooled.buffer();
    if (type == FrameType.HELLO) {
      if (now == Oddity.ENDS_AT_HELLO) {
        return false;
      }
      int begun = Frames.begin(out, FrameType.WELCOME, request);
      out.writeByte(now == Oddity.OTHER_VERSION ? 9 : FrameType.VERSION);
      out.writeBoolean(now != Oddity.DOES_NOT_LEAD).writeInt(1_000_000);
      Frames.text(out, "1");
      Frames.text(out, address());
      Frames.end(out, begun);
    } else if (type == FrameType.OPEN) {
      int begun = Frames.begin(out, FrameType.OPENED, request);
      out.writeInt(7);
      Frames.end(out, begun);
    } else {
      body.readInt();
      if (!next(now, request, body.readInt(), out)) {
        to.write(out.array(), 0, out.readableBytes());
        return false;
      }
      requests.incrementAndGet();
      if (connection > 1) {
        direct.incrementAndGet();
      }
    }
    to.write(out.array(), 0, out.readableBytes());
    return true;
  }

  private boolean next(Oddity now, long request, int count, ByteBuf out) {
    long first = numbers.getAndAdd(count);
    switch (now) {
      case ENDS_AT_NEXT -> {
        return false;
      }
      case ENDS_WITHIN_AN_ANSWER -> {
        Frames.numbers(out, request, first, count);
        out.writerIndex(11);
        return false;
      }
      case SILENT -> {
        return true;
      }
      case OTHER_REQUEST -> Frames.numbers(out, request + 1, first, count);
      case OTHER_TYPE -> Frames.value(out, request, first);
      case TOO_LONG -> out.writeInt(FrameType.LARGEST + 1);
      case TWO_ANSWERS -> {
        Frames.numbers(out, request, first, count);
        Frames.numbers(out, request, first, count);
      }
      case NOT_LEADER -> Frames.error(out, request, LcsError.NOT_LEADER, "not me", "ask", "");
      case OVERLOADED -> Frames.error(out, request, LcsError.OVERLOADED, "too much", "wait", "");
      default -> Frames.numbers(out, request, first, count);
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
