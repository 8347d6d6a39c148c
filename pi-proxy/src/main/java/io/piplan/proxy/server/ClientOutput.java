package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.piplan.proxy.routed.Answer;
import io.piplan.proxy.routed.ClientGoneException;
import java.nio.charset.Charset;

/**
 * Hands packets from a thread that may wait to the client's event loop, and waits while the client
 * takes nothing: a response has few pieces in memory, however long it is.
 */
final class ClientOutput implements Answer {
  private static final int MOST_PIECES = 4;

  private final EventLoop loop;
  private final ClientConnection client;
  private int underWay;
  private boolean gone;

  ClientOutput(EventLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  @Override
  public int capabilities() {
    return client.capabilities();
  }

  @Override
  public Charset charset() {
    return client.charset();
  }

  @Override
  public int collation() {
    return client.collation();
  }

  @Override
  public ByteBuf buffer() {
    return client.channel().alloc().buffer();
  }

  @Override
  public void send(ByteBuf packets) {
    synchronized (this) {
      while (!gone && (underWay >= MOST_PIECES || !client.isWritable())) {
        try {
          // The signal may come before the wait: so it looks again by itself.
          wait(100);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          gone = true;
        }
      }
      if (gone) {
        packets.release();
        throw new ClientGoneException();
      }
      underWay++;
    }
    loop.execute(() -> write(packets));
  }

  private void write(ByteBuf packets) {
    if (client.isClosed()) {
      packets.release();
    } else {
      client.write(packets);
    }
    synchronized (this) {
      underWay--;
      notifyAll();
    }
  }

  /** The client takes bytes again after it didn't. */
  synchronized void signal() {
    notifyAll();
  }

  /** Who waits stops waiting. */
  synchronized void clientGone() {
    gone = true;
    notifyAll();
  }
}
