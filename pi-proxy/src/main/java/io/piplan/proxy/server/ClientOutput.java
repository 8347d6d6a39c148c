package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.routed.Answer;
import io.piplan.proxy.routed.ClientFile;
import io.piplan.proxy.routed.ClientGoneException;
import java.nio.charset.Charset;
import java.time.Duration;

/**
 * Hands packets from a thread that may wait to the client's event loop, and waits while the client
 * takes nothing: a response has few pieces in memory, however long it is.
 */
final class ClientOutput implements Answer {
  private static final int MOST_PIECES = 4;
  private static final int FILE_WANTED = 0xfb;

  private final EventLoop loop;
  private final ClientConnection client;
  private final Duration filePatience;
  private int underWay;
  private boolean gone;
  private UploadedFile file;

  /**
   * The output to a client.
   *
   * @param filePatience how long the next bytes of a file may take
   */
  ClientOutput(EventLoop loop, ClientConnection client, Duration filePatience) {
    this.loop = loop;
    this.client = client;
    this.filePatience = filePatience;
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

  @Override
  public ClientFile file(String name, int sequence) {
    if (!Capability.has(client.capabilities(), Capability.LOCAL_FILES)) {
      throw new ProxyException(
          ProxyError.NO_LOCAL_FILES,
          "LOAD DATA LOCAL is not agreed on; set local_infile in the configuration of the proxy and"
              + " turn it on in the client");
    }
    UploadedFile asked = new UploadedFile(loop, client, filePatience);
    synchronized (this) {
      file = asked;
      if (gone) {
        throw new ClientGoneException();
      }
    }
    ByteBuf payload = buffer();
    payload.writeByte(FILE_WANTED).writeCharSequence(name, charset());
    ByteBuf question = buffer();
    Frames.write(question, sequence, payload);
    payload.release();
    // What the client answers is the file, however soon it comes.
    loop.execute(
        () -> {
          if (client.isClosed()) {
            question.release();
          } else {
            client.write(question);
            asked.begin();
          }
        });
    return asked;
  }

  /** The client takes bytes again after it didn't. */
  synchronized void signal() {
    notifyAll();
  }

  /** Who waits stops waiting. */
  synchronized void clientGone() {
    gone = true;
    if (file != null) {
      file.clientGone();
    }
    notifyAll();
  }
}
