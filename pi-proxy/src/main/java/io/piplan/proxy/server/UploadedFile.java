package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.routed.ClientFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A client's file on its way from the event loop to the thread that loads it. The client isn't read
 * while much of it waits here.
 */
final class UploadedFile extends ClientFile {
  private static final int MOST_WAITING = 256 * 1024;

  private final EventLoop loop;
  private final ClientConnection client;
  private final Duration patience;
  private final Deque<ByteBuf> parts = new ArrayDeque<>();
  private int waiting;
  private boolean stopped;
  private boolean complete;
  private boolean gone;
  private int nextSequence;

  /** Of the packet that is taken apart; only for the event loop. */
  private int payloadLeft;

  UploadedFile(EventLoop loop, ClientConnection client, Duration patience) {
    this.loop = loop;
    this.client = client;
    this.patience = patience;
  }

  // --- on the event loop

  /** The client was asked just now. */
  void begin() {
    client.readFile(this::bytes, this::end);
  }

  /** Headers come whole, payloads in pieces. */
  private void bytes(ByteBuf packets) {
    synchronized (this) {
      while (packets.isReadable()) {
        if (payloadLeft == 0) {
          payloadLeft = packets.readUnsignedMediumLE();
          packets.skipBytes(Frames.HEADER - 3);
        }
        int length = Math.min(payloadLeft, packets.readableBytes());
        payloadLeft -= length;
        if (length > 0 && gone) {
          packets.skipBytes(length);
        } else if (length > 0) {
          parts.add(packets.readRetainedSlice(length));
          waiting += length;
        }
      }
      packets.release();
      if (waiting > MOST_WAITING && !stopped) {
        stopped = true;
        client.read(false);
      }
      notifyAll();
    }
  }

  private synchronized void end() {
    complete = true;
    nextSequence = (client.fileSequence() + 1) & 0xff;
    notifyAll();
  }

  /** Who reads it is told; what is here is dropped. */
  synchronized void clientGone() {
    gone = true;
    parts.forEach(ByteBuf::release);
    parts.clear();
    waiting = 0;
    notifyAll();
  }

  // --- for the thread that loads it

  @Override
  public synchronized int read(byte[] to, int from, int length) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (parts.isEmpty() && !complete && !gone) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        loop.execute(client::close);
        throw new IOException("nothing of it came within " + patience);
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (gone) {
      throw new IOException("the client is gone");
    }
    ByteBuf part = parts.peek();
    if (part == null) {
      return -1;
    }
    int read = Math.min(length, part.readableBytes());
    part.readBytes(to, from, read);
    if (!part.isReadable()) {
      parts.poll().release();
    }
    waiting -= read;
    if (stopped && waiting < MOST_WAITING / 2) {
      stopped = false;
      loop.execute(() -> client.read(true));
    }
    return read;
  }

  @Override
  public void readToEnd() throws IOException {
    byte[] dropped = new byte[32 * 1024];
    int read;
    do {
      read = read(dropped, 0, dropped.length);
    } while (read >= 0);
  }

  @Override
  public synchronized int nextSequence() {
    return nextSequence;
  }
}
