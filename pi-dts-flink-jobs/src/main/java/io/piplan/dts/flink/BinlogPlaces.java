package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableTracking;
import io.piplan.dts.apply.ProgressMove.Place;
import io.piplan.dts.binlog.CountedTables;
import io.piplan.dts.binlog.GtidSet;
import io.piplan.dts.binlog.OwnTransactions;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds in a server's binlog the places that mean the same as places in another server's, from
 * which it took over: those before which there are the same transactions. It reads the binlog from
 * the first of them to the last. A place within a transaction is found by the number of its row;
 * what rows hold does not matter, nor what their tables are like by now.
 */
public final class BinlogPlaces {
  private static final long MOST_WAIT_MILLIS = 1000;
  private static final int SHOWN = 400;

  private final BinlogOptions options;
  private final Predicate<TableId> counted;
  private final Map<Lsn, Lsn> found = new HashMap<>();
  private Deque<Place> open;
  private Lsn end;
  private String first;
  private boolean begun;

  /**
   * @param options of the server that took over, on its timeline; where it says to start does not
   *     matter
   * @param counted the tables whose rows were read where the places are
   */
  public BinlogPlaces(BinlogOptions options, Predicate<TableId> counted) {
    this.options = options;
    this.counted = counted;
  }

  /** Reading that follows nothing. */
  record Counting(Predicate<TableId> counted) implements TableTracking.Session {
    @Override
    public Lsn begin(Lsn from, boolean fresh) {
      return from;
    }

    @Override
    public StreamTables tables() {
      return new CountedTables(counted);
    }

    @Override
    public boolean isDone(SchemaChange change) {
      return true;
    }

    @Override
    public void close() {}
  }

  /**
   * @param wanted in their order, with their GTIDs
   * @return old place → new place, for all of them
   * @throws DtsException {@code SOURCE_DIVERGED} if there is no such place
   */
  public Map<Lsn, Lsn> find(List<Place> wanted) {
    requireExecuted(wanted);
    BinlogStart latest = new BinlogStarts(options).resolve(new StartPosition.Latest());
    open = new ArrayDeque<>();
    wanted.forEach(place -> open.add(ordered(place, latest.mariaDb())));
    first = open.peek().gtids();
    end = latest.mark(options.server().timeline()).lsn();
    ElementBuffer buffer = new ElementBuffer();
    try (BinlogStream stream =
        new BinlogStream(
            options,
            new StartPosition.Gtid(first),
            new Counting(counted),
            buffer,
            new OwnTransactions(options.leavesOutSyncs()))) {
      stream.start();
      while (!open.isEmpty()) {
        stream.checkAlive();
        read(buffer.take(MOST_WAIT_MILLIS));
      }
      return found;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while reading the new source's binlog", "try again", e);
    } catch (DtsException e) {
      throw isUnknownGtid(e) ? diverged(first, e.getMessage()) : e;
    } catch (Exception e) {
      throw new BinlogFailures(options.server(), first).of(e);
    }
  }

  /** A place may have been stored with the GTIDs in the order in which a server gave them. */
  private static Place ordered(Place place, boolean mariaDb) {
    return new Place(
        place.lsn(),
        GtidSet.parse(place.gtids(), mariaDb).map(GtidSet::text).orElse(place.gtids()));
  }

  /** Where the server's binlog ended when {@link #find} began. */
  public Lsn end() {
    return end;
  }

  private void read(BinlogRecords records) {
    if (records.nextSplit() == null) {
      return;
    }
    StreamElement element;
    while (!open.isEmpty() && (element = records.nextRecordFromSplit()) != null) {
      if (element instanceof ChangeEvent change) {
        change(change);
      } else if (element instanceof SchemaChange statement) {
        statement(statement);
      } else if (element instanceof PositionMark mark) {
        mark(mark);
      }
    }
  }

  private void change(ChangeEvent change) {
    begun = true;
    Lsn boundary = Lsn.boundary(change.lsn().file(), change.lsn().position());
    while (isNext(change.gtids())) {
      Lsn old = open.peek().lsn();
      // A row that became two changes has the odd number after its own for the second.
      long row = old.row() & ~1L;
      if (old.isBoundary()) {
        found(boundary);
      } else if (change.lsn().row() == row) {
        found(new Lsn(boundary.file(), boundary.position(), change.lsn().event(), old.row()));
      } else if (change.lsn().row() > row) {
        throw diverged(
            change.gtids(), "row " + row / 2 + " of the transaction after these is not there");
      } else {
        return;
      }
    }
  }

  private void statement(SchemaChange statement) {
    begun = true;
    Lsn boundary = Lsn.boundary(statement.lsn().file(), statement.lsn().position());
    while (isNext(statement.gtids()) && open.peek().lsn().row() == 0) {
      found(open.peek().lsn().isBoundary() ? boundary : statement.lsn());
    }
  }

  private void mark(PositionMark mark) {
    // Transactions without rows of ours lie between: the place after them means the same.
    boolean skipped = !begun && !first.equals(mark.gtids());
    begun = true;
    while (isNext(mark.gtids()) || (skipped && isNext(first))) {
      if (!open.peek().lsn().isBoundary()) {
        break;
      }
      found(mark.lsn());
    }
    if (!open.isEmpty() && end.isAtOrBefore(mark.lsn())) {
      throw diverged(
          open.peek().gtids(), "its binlog never comes to where it had just these transactions");
    }
  }

  private boolean isNext(String gtids) {
    return !open.isEmpty() && open.peek().gtids().equals(gtids);
  }

  private void found(Lsn place) {
    found.put(open.poll().lsn(), place);
  }

  /** MySQL can tell which transactions are missing. */
  private void requireExecuted(List<Place> wanted) {
    String all = wanted.get(wanted.size() - 1).gtids();
    try (Connection connection = options.server().connect(Side.SOURCE)) {
      if (isMariaDb(connection)) {
        return;
      }
      try (PreparedStatement query =
          connection.prepareStatement("SELECT GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)")) {
        query.setString(1, all);
        try (ResultSet row = query.executeQuery()) {
          row.next();
          String missing = row.getString(1).replaceAll("\\s", "");
          if (!missing.isEmpty()) {
            throw diverged(all, "it has not executed " + shown(missing));
          }
        }
      }
    } catch (SQLException e) {
      throw new BinlogFailures(options.server(), "GTID set " + all).of(e);
    }
  }

  private static boolean isMariaDb(Connection connection) throws SQLException {
    return Optional.ofNullable(connection.getMetaData().getDatabaseProductVersion())
        .orElse("")
        .contains("MariaDB");
  }

  /** As MariaDB says that it does not know a transaction, and not that it no longer has it. */
  private static boolean isUnknownGtid(DtsException e) {
    return e.getMessage().contains("not in the master's binlog")
        || e.getMessage().contains("diverged");
  }

  private DtsException diverged(String gtids, String why) {
    return new DtsException(
        DtsError.SOURCE_DIVERGED,
        "source "
            + options.server().address()
            + " cannot take over: the target has transactions up to "
            + shown(gtids)
            + ", and of this server "
            + why,
        "if it is a replica that is behind, wait until it has applied what it has fetched, and start"
            + " again; else the old source had transactions that were never replicated: see"
            + " docs/failover.md, and start with --resync to make the target what this server has");
  }

  private static String shown(String gtids) {
    return gtids.length() > SHOWN ? gtids.substring(0, SHOWN) + "…" : gtids;
  }
}
