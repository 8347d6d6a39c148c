package io.piplan.dts;

import java.io.Serializable;

/** Follows what tables are like along a binlog, and brings changes of them to the target. */
public interface TableTracking extends Serializable {

  /** For one reading of the binlog; whatever an earlier one still does comes to nothing. */
  Session open();

  /** One reading. {@link #begin} and the tables belong to the thread that reads. */
  interface Session extends AutoCloseable {
    /**
     * Finds out what the tables are like where reading begins.
     *
     * @param from where it is to begin
     * @param fresh whether that is the start of the sync, and no place it has come to
     * @return where to begin
     */
    Lsn begin(Lsn from, boolean fresh);

    /** The tables, from the place that {@link #begin} said. */
    StreamTables tables();

    /**
     * Whether rows behind a change may be sent; the first question begins to work on that. Asked
     * again and again by one thread, which need not be the reading one.
     *
     * @throws DtsException if it can't be done
     */
    boolean isDone(SchemaChange change);

    /** Cuts off what is under way. */
    @Override
    void close();
  }
}
