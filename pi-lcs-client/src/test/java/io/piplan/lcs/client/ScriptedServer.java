package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A server that leads, answers late or refuses when a test says so, at a port of its own. */
final class ScriptedServer implements AutoCloseable {
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final ServerSocket door;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean leads;
  private volatile String leader = "";
  private volatile long greetsAfterMillis;
  private volatile long last = Long.MAX_VALUE;
  private volatile boolean silent;

  ScriptedServer() throws IOException {
    this.door = new ServerSocket();
    door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    daemon(this::accept);
  }

  String address() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  ScriptedServer leads(boolean newLeads) {
    leads = newLeads;
    return this;
  }

  /** What it says of who leads. */
  ScriptedServer knows(String newLeader) {
    leader = newLeader;
    return this;
  }

  /** How long it takes to say who it is, on a new connection. */
  ScriptedServer greetsAfter(long millis) {
    greetsAfterMillis = millis;
    return this;
  }

  /** The sequence ends so many numbers from now. */
  ScriptedServer endsAfter(long numbers) {
    last = NUMBERS.get() + numbers;
    return this;
  }

  /** Whether it takes requests and answers none. */
  ScriptedServer silent(boolean newSilent) {
    silent = newSilent;
    return this;
  }

  int connections() {
    return connections.size();
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket socket = door.accept();
        connections.add(socket);
        daemon(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        ByteBuf body = Unpooled.wrappedBuffer(frame);
        answer(body.readByte(), body.readLong(), body, socket.getOutputStream());
      }
    } catch (EOFException | SocketException e) {
      // The client has gone, or the test has closed this server.
      connections.remove(socket);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      connections.remove(socket);
    }
  }

  private void answer(byte type, long request, ByteBuf body, OutputStream to)
      throws IOException, InterruptedException {
    ByteBuf out = Unpooled.buffer();
    if (type == FrameType.HELLO || type == FrameType.WHO) {
      if (type == FrameType.HELLO) {
        Thread.sleep(greetsAfterMillis);
      }
      int begun = Frames.begin(out, FrameType.WELCOME, request);
      out.writeByte(FrameType.VERSION).writeBoolean(leads).writeInt(1 << 20);
      Frames.text(out, address());
      Frames.text(out, leader);
      Frames.end(out, begun);
    } else if (silent) {
      return;
    } else if (!leads) {
      Frames.error(out, request, LcsError.NOT_LEADER, "doesn't lead", "ask the leader", leader);
    } else if (type == FrameType.OPEN) {
      int begun = Frames.begin(out, FrameType.OPENED, request);
      out.writeInt(7);
      Frames.end(out, begun);
    } else if (type == FrameType.NEXT) {
      numbers(out, request, body.skipBytes(4).readInt());
    }
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    to.write(bytes);
  }

  private void numbers(ByteBuf out, long request, int count) {
    synchronized (NUMBERS) {
      if (NUMBERS.get() + count > last) {
        Frames.error(out, request, LcsError.EXHAUSTED, "it ends", "use another", "");
      } else {
        Frames.numbers(out, request, NUMBERS.getAndAdd(count) + 1, count);
      }
    }
  }

  /** As a process that is killed. */
  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : connections) {
      socket.close();
    }
  }
}
