package io.piplan.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * What threads that wait for numbers can have at most on this machine: the least that joins them,
 * with a bare echo instead of a server. Those who wait are a list; one more thread sends a frame
 * for all of them, reads it back, counts on and wakes each. Nothing is looked after that may go
 * wrong.
 */
final class BareThreads {
  private static final int FRAME = 25;

  private final int port;
  private final double seconds;
  private final AtomicReference<Waiting> arrived = new AtomicReference<>();
  private volatile boolean stop;
  private volatile IOException failure;
  private volatile Thread sender;

  /** The last number of all. */
  private volatile long given;

  BareThreads(int port, double seconds) {
    this.port = port;
    this.seconds = seconds;
  }

  /** One thread's, for all its calls. */
  private static final class Waiting {
    private final Thread thread = Thread.currentThread();
    private Waiting next;
    private volatile long number;
  }

  RateTable.Rate run(int count) {
    List<Thread> threads = new ArrayList<>();
    Thread sending = new Thread(this::sendAll, "bare-sender");
    sender = sending;
    for (int i = 0; i < count; i++) {
      threads.add(new Thread(this::ask, "bare-caller"));
    }
    sending.start();
    threads.forEach(Thread::start);
    Pause.millis(1_500);
    long before = given;
    long begin = System.nanoTime();
    Pause.millis((long) (seconds * 1_000));
    double perSecond = (given - before) * 1e9 / (System.nanoTime() - begin);
    stop = true;
    LockSupport.unpark(sending);
    threads.forEach(LockSupport::unpark);
    if (failure != null) {
      throw new BenchException("the echo ended", failure);
    }
    return RateTable.Rate.of(perSecond);
  }

  private void ask() {
    Waiting mine = new Waiting();
    while (!stop) {
      long had = mine.number;
      arrive(mine);
      while (mine.number == had && !stop) {
        LockSupport.park(this);
      }
    }
  }

  private void arrive(Waiting mine) {
    Waiting last;
    do {
      last = arrived.get();
      mine.next = last;
    } while (!arrived.compareAndSet(last, mine));
    // The first one wakes the sender, who takes the others along.
    if (last == null) {
      LockSupport.unpark(sender);
    }
  }

  private void sendAll() {
    try (SocketChannel echo =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      echo.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteBuffer frame = ByteBuffer.allocateDirect(FRAME);
      long number = 0;
      while (!stop) {
        Waiting all = arrived.getAndSet(null);
        if (all == null) {
          LockSupport.park(this);
          continue;
        }
        exchange(echo, frame);
        while (all != null) {
          // Who has its number may be back in the list at once.
          Waiting next = all.next;
          all.number = ++number;
          LockSupport.unpark(all.thread);
          all = next;
        }
        given = number;
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  private static void exchange(SocketChannel echo, ByteBuffer frame) throws IOException {
    frame.clear();
    while (frame.hasRemaining()) {
      echo.write(frame);
    }
    frame.clear();
    while (frame.hasRemaining()) {
      if (echo.read(frame) < 0) {
        throw new EOFException("the echo ended the connection");
      }
    }
  }
}
