package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.dts.StreamTables;
import io.piplan.dts.binlog.BinlogDecoder;
import io.piplan.dts.binlog.OwnTransactions;
import io.piplan.dts.binlog.RawEvent;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads the newest part of a server's binlog once, up to where it ends now. The server does not
 * take it for a replica: it needs no server id, and disturbs no other reader.
 */
public final class BinlogScan {
  private static final long FIRST_EVENT = 4;

  /** Hears of the changes, in their order. */
  @FunctionalInterface
  public interface Taker {
    /**
     * @param gtid of the change's transaction; null if it has none
     * @param ofSync whether a sync wrote that transaction
     */
    void take(ChangeEvent change, String gtid, boolean ofSync);
  }

  /**
   * A part of the binlog.
   *
   * @param bytes how much that is
   * @param notBeforeMillis what was committed earlier is left out
   */
  public record Part(Lsn from, Lsn to, long bytes, long notBeforeMillis, boolean mariaDb) {}

  private record LogFile(String name, long size) {}

  private final BinlogOptions options;
  private final StreamTables tables;

  /**
   * @param options of the server; where they say to start does not matter
   */
  public BinlogScan(BinlogOptions options, StreamTables tables) {
    this.options = options;
    this.tables = tables;
  }

  /** From a place or a time on. */
  public Part since(StartPosition start) {
    return part(new BinlogStarts(options).resolve(start));
  }

  /**
   * The newest files that hold so many bytes. Reading can begin at any file, but not anywhere in
   * it, so it may be a whole file more.
   */
  public Part newest(long bytes) {
    List<LogFile> files = files();
    int first = files.size() - 1;
    long held = files.get(first).size();
    while (held < bytes && first > 0) {
      first--;
      held += files.get(first).size();
    }
    return since(new StartPosition.FileAndPosition(files.get(first).name(), FIRST_EVENT));
  }

  private Part part(BinlogStart start) {
    Lsn end = new BinlogStarts(options).resolve(new StartPosition.Latest()).lsn();
    Lsn from = start.lsn();
    long bytes = end.position() - from.position();
    for (LogFile file : files()) {
      Lsn begin = Lsn.boundary(file.name(), 0);
      if (begin.compareTo(Lsn.boundary(from.file(), 0)) >= 0
          && begin.compareTo(Lsn.boundary(end.file(), 0)) < 0) {
        bytes += file.size();
      }
    }
    return new Part(from, end, Math.max(0, bytes), start.notBeforeMillis(), start.mariaDb());
  }

  private List<LogFile> files() {
    try (Connection connection = options.server().connect(Side.SOURCE);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
      List<LogFile> files = new ArrayList<>();
      while (rows.next()) {
        files.add(new LogFile(rows.getString(1), rows.getLong(2)));
      }
      if (files.isEmpty()) {
        throw BinlogFailures.off(options.server());
      }
      return files;
    } catch (SQLException e) {
      throw new BinlogFailures(options.server(), "its newest file").of(e);
    }
  }

  /**
   * Reads a part, on the calling thread.
   *
   * @param read hears how many bytes have been read
   * @throws DtsException where something can't be read; what was before it has been told
   */
  public void read(Part part, Taker taker, LongConsumer read) {
    new Reading(part, taker, read).run();
  }

  private final class Reading {
    private final Part part;
    private final LongConsumer read;
    private final BinlogDecoder decoder;
    private final Lsn end;
    private long bytes;

    Reading(Part part, Taker taker, LongConsumer read) {
      this.part = part;
      this.read = read;
      MySqlServer server = options.server();
      this.end = Lsn.boundary(server.timeline().file(part.to().file()), part.to().position());
      BinlogStart start =
          new BinlogStart(part.from(), null, part.mariaDb(), part.notBeforeMillis(), null);
      this.decoder =
          new BinlogDecoder(
              tables,
              start.reading(server.timeline()),
              null,
              new OwnTransactions(false),
              element -> tell(element, taker));
    }

    void run() {
      BinlogFailures failures = new BinlogFailures(options.server(), part.from().toString());
      new BinlogPass(options, failures, this::take).from(part.from());
    }

    private void tell(StreamElement element, Taker taker) {
      if (element instanceof ChangeEvent change) {
        taker.take(change, decoder.transactionGtid(), decoder.isOfSync());
      }
    }

    /** A server that is written to would never come to its end. */
    private boolean take(RawEvent event) {
      try {
        decoder.accept(event);
      } finally {
        if (!event.artificial()) {
          bytes += event.length();
          read.accept(Math.min(bytes, part.bytes()));
        }
      }
      return !end.isAtOrBefore(decoder.restartPosition());
    }
  }
}
