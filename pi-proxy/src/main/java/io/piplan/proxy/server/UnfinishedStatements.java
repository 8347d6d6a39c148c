package io.piplan.proxy.server;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes the long statements of all clients have together, from their first byte to their
 * answer. Each may be long, and there may be many clients: all at once must not take all memory.
 */
final class UnfinishedStatements {
  /** What is shorter isn't counted. */
  static final int SHORT = 256 * 1024;

  private final AtomicLong held = new AtomicLong();
  private final long most;

  UnfinishedStatements(long most) {
    this.most = most;
  }

  /** As much as this process can take. */
  static UnfinishedStatements ofThisProcess() {
    return new UnfinishedStatements(Runtime.getRuntime().maxMemory() / 2);
  }

  /** Of all clients. */
  long held() {
    return held.get();
  }

  /** What one client has there. Only for its event loop's thread. */
  final class Share {
    private long mine;

    /**
     * Says how many bytes the client's statements have now.
     *
     * @throws ProxyException if that is more than before, and too much beside all others
     */
    void holds(long bytes) {
      long now = bytes <= SHORT ? 0 : bytes;
      long more = now - mine;
      if (more == 0) {
        return;
      }
      if (more > 0 && held.get() + more > most) {
        throw new ProxyException(
            ProxyError.STATEMENT_TOO_LARGE,
            "the statements that all clients send now would have more than "
                + most
                + " bytes together; try again later, send shorter ones, or give the proxy more"
                + " memory (-Xmx)");
      }
      mine = now;
      held.addAndGet(more);
    }

    /** One has its answer: so many bytes are left, if they are fewer. */
    void leaves(long bytes) {
      if (bytes < mine) {
        holds(bytes);
      }
    }
  }
}
