package io.piplan.dts.binlog;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Heartbeat;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StatementMark;
import io.piplan.dts.StreamElement;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Turns the events of one server, in binlog order, into changes and position marks. Not addressed
 * yet: lane, writer and predecessor are left for the router. The rows of a transaction are numbered
 * 2, 4, 6…, so that one row can become two changes; other servers that have the same transaction
 * number them alike, even if they divide it into events in another way.
 *
 * <p>Holds I4: whatever might carry rows of the tables in question and is not understood, and every
 * hole between two transactions, is an error. Used by one thread; after an error it must not be
 * used again.
 */
public final class BinlogDecoder {
  private static final Set<String> DDL_VERBS =
      Set.of("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE");

  private final StreamTables tables;
  private final Consumer<StreamElement> sink;
  private final BinlogCursor cursor;
  private final RowsReader rows;
  private final TransactionTables transaction = new TransactionTables();
  private final HeldRows held = new HeldRows();
  private final long notBeforeMillis;
  private final ReadGtids gtids;
  private final Heartbeat heartbeat;
  private final OwnTransactions ownTransactions;
  private boolean started;

  /** Whether the next statement counts for nothing. */
  private boolean begunOnly;

  /** Of a heartbeat that was read and not told yet, or 0. */
  private long heartbeatMillis;

  /** Where the last mark was that is not quiet. */
  private Lsn told = Lsn.START;

  /** Rows of the open transaction that were passed on. */
  private long passed;

  /**
   * @param start where reading begins
   * @param tables what tables are like where reading begins; told of all that changes them
   * @param heartbeat the rows to tell of in marks, beside those of the wanted tables; null if there
   *     are none
   * @param ownTransactions what to do about transactions that syncs have written
   */
  public BinlogDecoder(
      StreamTables tables,
      ReadingStart start,
      Heartbeat heartbeat,
      OwnTransactions ownTransactions,
      Consumer<StreamElement> sink) {
    this.tables = tables;
    this.sink = sink;
    this.cursor = new BinlogCursor(start.timeline(), start.place(), start.unbroken());
    this.gtids = new ReadGtids(start.gtids(), start.mariaDb());
    this.heartbeat = heartbeat;
    this.rows =
        new RowsReader(
            table -> isHeartbeat(table) || tables.includes(table),
            table ->
                isHeartbeat(table)
                    ? heartbeat.schema()
                    : tables.schema(table, cursor.transaction()),
            tables::leavesOut,
            tables.decodes());
    this.notBeforeMillis = start.notBeforeMillis();
    this.ownTransactions = ownTransactions;
    this.started = notBeforeMillis <= 0;
  }

  private boolean isHeartbeat(TableId table) {
    return heartbeat != null && heartbeat.table().equals(table);
  }

  /** Where reading would go on if it were to start again now. */
  public Lsn restartPosition() {
    return cursor.restart();
  }

  /** The GTID of the transaction that is being read; null if it has none. */
  public String transactionGtid() {
    return gtids.current();
  }

  /** Whether a sync wrote the transaction that is being read. */
  public boolean isOfSync() {
    return transaction.isOfSync();
  }

  /** Takes one event, and hands what comes of it to the sink. */
  public void accept(RawEvent event) {
    try {
      handle(event);
    } catch (TruncatedEventException e) {
      throw Refusals.undecodable(event, cursor.place(), e);
    }
  }

  private void handle(RawEvent event) {
    switch (event.type()) {
      case EventTypes.ROTATE -> cursor.rotate(event);
      case EventTypes.FORMAT_DESCRIPTION -> cursor.format(event);
      case EventTypes.HEARTBEAT -> heartbeat(event);
      case EventTypes.HEARTBEAT_V2 -> {
        // Sent instead of HEARTBEAT only to those who ask for it.
      }
      default -> {
        if (!event.artificial()) {
          cursor.advance(event);
          handleLogged(event);
        }
      }
    }
  }

  private void handleLogged(RawEvent event) {
    switch (event.type()) {
      case EventTypes.GTID, EventTypes.ANONYMOUS_GTID, EventTypes.GTID_TAGGED -> {
        gtids.begin(event);
        cursor.announce(Gtids.commitMillis(event));
      }
      case EventTypes.PREVIOUS_GTIDS -> gtids.previous(event);
      case EventTypes.MARIADB_GTID -> mariaDbGroup(event);
      case EventTypes.QUERY -> query(event, QueryEvent.parse(event.reader(), 0));
      case EventTypes.EXECUTE_LOAD_QUERY -> query(event, QueryEvent.parseLoad(event.reader()));
      case EventTypes.XID -> endTransaction(event);
      case EventTypes.XA_PREPARE -> xaEnd(event);
      case EventTypes.TABLE_MAP -> transaction.touched(rows.tableMap(event, cursor.place()));
      case EventTypes.WRITE_ROWS_V1,
              EventTypes.UPDATE_ROWS_V1,
              EventTypes.DELETE_ROWS_V1,
              EventTypes.WRITE_ROWS_V2,
              EventTypes.UPDATE_ROWS_V2,
              EventTypes.DELETE_ROWS_V2 ->
          changes(event);
      case EventTypes.STOP,
          EventTypes.INTVAR,
          EventTypes.RAND,
          EventTypes.USER_VAR,
          EventTypes.BEGIN_LOAD_QUERY,
          EventTypes.APPEND_BLOCK,
          EventTypes.DELETE_FILE,
          EventTypes.ROWS_QUERY,
          EventTypes.TRANSACTION_CONTEXT,
          EventTypes.VIEW_CHANGE,
          EventTypes.MARIADB_ANNOTATE_ROWS,
          EventTypes.MARIADB_BINLOG_CHECKPOINT,
          EventTypes.MARIADB_GTID_LIST,
          EventTypes.MARIADB_START_ENCRYPTION -> {
        // None of these carries rows. What INTVAR, RAND, USER_VAR and the LOAD blocks belong to
        // follows as a statement and is judged there.
      }
      default -> {
        boolean others = EventTypes.isRows(event.type()) && !rows.concerns(event);
        if (!event.ignorable() && !others) {
          throw Refusals.unknown(event, cursor.place());
        }
      }
    }
  }

  /** The server has nothing more: everything up to its end has been seen. */
  private void heartbeat(RawEvent event) {
    if (cursor.caughtUp(event)) {
      // Whatever follows is committed later than now.
      started |= System.currentTimeMillis() >= notBeforeMillis;
      tables.reached(cursor.restart());
      mark(
          new PositionMark(
              0,
              cursor.restart(),
              Lsn.START,
              false,
              System.currentTimeMillis(),
              0,
              true,
              gtids.text()));
    }
  }

  private void mariaDbGroup(RawEvent event) {
    Gtids.MariaDbGroup group = Gtids.mariaDbGroup(event.reader());
    gtids.begin(event);
    cursor.announce(event.timestamp() * 1000);
    begunOnly = group.begun();
    if (!group.standalone()) {
      begin(group.preparedXa());
    }
  }

  private void begin(boolean xa) {
    cursor.begin(xa);
    transaction.begin();
    passed = 0;
    started |= cursor.transactionMillis() >= notBeforeMillis;
  }

  private void changes(RawEvent event) {
    Lsn lsn = cursor.nextRowsEvent();
    if (transaction.isOfSync() && ownTransactions.leftOut()) {
      return;
    }
    RowsReader.Rows found = rows.rows(event, lsn);
    if (found == null || !started) {
      return;
    }
    if (isHeartbeat(found.table())) {
      beat(found);
      return;
    }
    cursor.seesRows();
    boolean inXa = cursor.inXa();
    if (inXa) {
      held.weigh(event, cursor.transaction());
    }
    while (found.next()) {
      passed++;
      ChangeEvent change =
          new ChangeEvent(
              found.table(),
              0,
              found.op(),
              found.before(),
              found.after(),
              new Lsn(lsn.file(), lsn.position(), lsn.event(), 2 * passed),
              Lsn.START,
              cursor.transactionMillis(),
              gtids.text());
      if (inXa) {
        held.add(change, cursor.transaction());
      } else {
        sink.accept(change);
      }
    }
  }

  /** It has committed in one phase, or is prepared. */
  private void xaEnd(RawEvent event) {
    if (event.reader().u8() != 0) {
      held.passTo(sink);
    }
    endTransaction(event);
  }

  private void beat(RowsReader.Rows found) {
    while (found.next()) {
      Row row = found.after();
      if (row != null && heartbeat.sync().equals(row.text(0))) {
        heartbeatMillis = Math.max(heartbeatMillis, Long.parseLong(row.text(1)));
      }
    }
  }

  private void query(RawEvent event, QueryEvent query) {
    Statement statement = Statement.of(query.database(), query.sql());
    switch (statement.kind()) {
      case BEGIN -> begin(false);
      case COMMIT -> endTransaction(event);
      case ROLLBACK -> {
        cursor.refuseRollback(query.sql());
        endTransaction(event);
      }
      case ROLLBACK_TO -> cursor.refuseRollback(query.sql());
      case XA -> xa(query.sql());
      case HARMLESS, CREATE_TABLE, TABLE_CHANGE, DATABASE_DROP -> definition(event, query);
      case ROWS_BY_STATEMENT -> {
        if (concerns(query)) {
          throw Refusals.statementFormat(query.sql(), cursor.place());
        }
      }
      case UNKNOWN -> {
        if (concerns(query)) {
          throw Refusals.unknownStatement(query.sql(), cursor.place());
        }
      }
    }
    if (!cursor.inTransaction() && !ends(statement.kind())) {
      endTransaction(event);
    }
  }

  private void definition(RawEvent event, QueryEvent query) {
    boolean counts = !begunOnly;
    begunOnly = false;
    if (!counts || !DDL_VERBS.contains(new SqlWords(query.sql()).next())) {
      return;
    }
    // Whatever it is about, what comes behind is read by what is known behind.
    rows.forgetAll();
    tables
        .statement(
            new LoggedStatement(
                query.database(),
                query.sql(),
                query.sqlMode(),
                query.timeZone(),
                event.timestamp() * 1_000_000 + query.micros(),
                ownTransactions.leftOut() && StatementMark.isIn(query.sql())),
            cursor.statement())
        .filter(change -> started)
        .map(change -> change.withGtids(gtids.text()))
        .ifPresent(sink);
  }

  private static boolean ends(Statement.Kind kind) {
    return kind == Statement.Kind.COMMIT || kind == Statement.Kind.ROLLBACK;
  }

  private void xa(String sql) {
    SqlWords words = new SqlWords(sql);
    words.next();
    String verb = words.next();
    if (verb.equals("START") || verb.equals("BEGIN")) {
      begin(true);
    }
  }

  private boolean concerns(QueryEvent query) {
    return tables.includesDatabase(query.database())
        || new SqlWords(query.sql()).qualifiers().stream().anyMatch(tables::includesDatabase);
  }

  private void endTransaction(RawEvent event) {
    held.refuse(cursor.transaction());
    long millis = cursor.transactionMillis();
    cursor.end();
    gtids.end();
    if (transaction.isOfSync() && ownTransactions.leftOut()) {
      ownTransactions.count();
    }
    tables.reached(cursor.restart());
    mark(
        new PositionMark(
            0,
            cursor.restart(),
            Lsn.START,
            true,
            millis > 0 ? millis : event.timestamp() * 1000,
            heartbeatMillis,
            transaction.isQuiet() && heartbeatMillis == 0,
            gtids.text()));
    heartbeatMillis = 0;
    transaction.begin();
  }

  /** None while transactions are left out: a restore from it would no longer leave them out. */
  private void mark(PositionMark mark) {
    if (!started) {
      return;
    }
    // A new file is worth telling of in any case, so that the server may purge the ones before it.
    boolean quiet = mark.quiet() && mark.lsn().file().equals(told.file());
    if (!quiet) {
      told = mark.lsn();
    }
    sink.accept(mark.withQuiet(quiet));
  }
}
