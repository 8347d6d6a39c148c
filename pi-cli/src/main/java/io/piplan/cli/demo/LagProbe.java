package io.piplan.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Measures what a user would see: rows written to {@code pi_probe} at the source, and when each can
 * be read at a target. The time runs from the commit at the source to the end of the query at the
 * target that first returned the row.
 */
final class LagProbe implements AutoCloseable {
  private static final long EVERY_MILLIS = 50;
  private static final long LOOK_MILLIS = 20;

  /**
   * How often a watcher looks for rows older than the newest it has seen. Rows from before the
   * stream began arrive with the copy of their table only; asking for these each time would read
   * all the newer ones again with them.
   */
  private static final int LOOKS_BACK_EVERY = 50;

  /** Opens connections; the probe closes them. */
  interface Site {
    Connection connect() throws SQLException;
  }

  private final class Watcher {
    private final Site site;
    private final ConcurrentSkipListMap<Long, Long> pending = new ConcurrentSkipListMap<>();
    private final List<Long> lags = new ArrayList<>();
    private long newest;
    private int looks;

    Watcher(Site site) {
      this.site = site;
    }

    void run() {
      while (!stopped) {
        try (Connection connection = site.connect();
            PreparedStatement query =
                connection.prepareStatement("SELECT id FROM pi_probe WHERE id >= ?")) {
          while (!stopped) {
            Thread.sleep(LOOK_MILLIS);
            look(query);
          }
        } catch (SQLException e) {
          // The table comes into being while the sync starts.
          pauseQuietly();
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    private void look(PreparedStatement query) throws SQLException {
      Map.Entry<Long, Long> oldest = pending.firstEntry();
      if (oldest == null) {
        return;
      }
      boolean back = ++looks % LOOKS_BACK_EVERY == 0;
      if (!back && pending.lastKey() <= newest) {
        return;
      }
      query.setLong(1, back ? oldest.getKey() : newest + 1);
      try (ResultSet rows = query.executeQuery()) {
        long now = System.nanoTime();
        while (rows.next()) {
          long id = rows.getLong(1);
          newest = Math.max(newest, id);
          Long sent = pending.remove(id);
          if (sent != null) {
            note(now - sent);
          }
        }
      }
    }

    private synchronized void note(long lag) {
      lags.add(lag);
    }

    synchronized Percentiles take() {
      Percentiles all = Percentiles.of(lags);
      lags.clear();
      return all;
    }
  }

  private final Site source;
  private final Map<String, Watcher> watchers = new LinkedHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private volatile boolean writing = true;
  private volatile boolean stopped;

  private LagProbe(Site source) {
    this.source = source;
  }

  static LagProbe start(Site source, Map<String, Site> targets) {
    LagProbe probe = new LagProbe(source);
    targets.forEach((name, site) -> probe.watchers.put(name, probe.new Watcher(site)));
    probe.begin("pi-probe", probe::write);
    probe.watchers.forEach((name, watcher) -> probe.begin("pi-probe-" + name, watcher::run));
    return probe;
  }

  private void begin(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void write() {
    try (Connection connection = source.connect();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO pi_probe VALUES (?, ?)")) {
      long id = highest(connection);
      while (writing) {
        id++;
        insert.setLong(1, id);
        insert.setTimestamp(2, Timestamp.from(Instant.now()));
        insert.executeUpdate();
        long sent = System.nanoTime();
        for (Watcher watcher : watchers.values()) {
          watcher.pending.put(id, sent);
        }
        Thread.sleep(EVERY_MILLIS);
      }
    } catch (SQLException e) {
      failure.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long highest(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COALESCE(MAX(id), 0) FROM pi_probe")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** What was measured since the last call, by target. */
  Map<String, Percentiles> take() {
    Map<String, Percentiles> taken = new LinkedHashMap<>();
    watchers.forEach((name, watcher) -> taken.put(name, watcher.take()));
    return taken;
  }

  /** Writes no more; rows that are under way are still waited for. */
  void stopWriting() throws SQLException, InterruptedException {
    writing = false;
    threads.get(0).join();
    SQLException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  /** Whether every row has arrived everywhere. */
  boolean allArrived() {
    return watchers.values().stream().allMatch(watcher -> watcher.pending.isEmpty());
  }

  private static void pauseQuietly() {
    try {
      Thread.sleep(EVERY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    writing = false;
    stopped = true;
    threads.forEach(Thread::interrupt);
  }
}
