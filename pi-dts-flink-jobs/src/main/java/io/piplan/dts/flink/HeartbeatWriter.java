package io.piplan.dts.flink;

import io.piplan.dts.DtsException;
import io.piplan.dts.Heartbeat;
import io.piplan.dts.jdbc.HeartbeatTable;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a sync's heartbeat at its source. A source that takes none is no reason to stop the sync:
 * failures are counted and told now and then. {@link #beat} is for one thread, the rest for any.
 */
final class HeartbeatWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeartbeatWriter.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final long TELL_NANOS = Duration.ofMinutes(1).toNanos();

  private final MySqlServer source;
  private final Heartbeat heartbeat;
  private final HeartbeatTable table;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile Connection connection;
  private volatile boolean closed;
  private long lastNanos;
  private long toldNanos;

  HeartbeatWriter(MySqlServer source, Heartbeat heartbeat) {
    this.source = source;
    this.heartbeat = heartbeat;
    this.table = new HeartbeatTable(heartbeat);
    this.lastNanos = System.nanoTime() - heartbeat.interval().toNanos();
    this.toldNanos = System.nanoTime() - TELL_NANOS;
  }

  long written() {
    return written.get();
  }

  long failures() {
    return failures.get();
  }

  /** Writes once; called every interval, but not to make up for calls that were late. */
  void beat() {
    long now = System.nanoTime();
    if (closed || now - lastNanos < heartbeat.interval().toNanos() / 2) {
      return;
    }
    lastNanos = now;
    try {
      if (connection == null) {
        connection = source.connect(Side.SOURCE, ANSWER);
        table.create(connection);
      }
      table.beat(connection);
      written.incrementAndGet();
    } catch (SQLException | DtsException e) {
      failures.incrementAndGet();
      drop();
      tell(e);
    }
  }

  private void tell(Exception e) {
    if (!closed && System.nanoTime() - toldNanos >= TELL_NANOS) {
      toldNanos = System.nanoTime();
      LOG.warn(
          "{}: no heartbeat can be written to {} at {}: {}",
          heartbeat.sync(),
          heartbeat.table(),
          source.address(),
          e.getMessage());
    }
  }

  private void drop() {
    Connection dropped = connection;
    connection = null;
    if (dropped != null) {
      try {
        dropped.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("dropping a connection failed", e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    drop();
  }
}
