package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Value;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.EofPacket;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.protocol.PreparedStatement;
import io.piplan.proxy.protocol.StatementExecution;
import io.piplan.proxy.protocol.StatementExecution.ParameterType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One client's prepared statements. They are prepared here only: PiDAL writes the values into the
 * text and routes that.
 */
final class RoutedStatements {
  /** Of the rows of a session's cursors that are not closed. */
  private static final long MOST_CURSOR_BYTES = 1L << 30;

  private final DalSession session;
  private final int most;
  private final int mostLongData;
  private final KeptTexts texts;
  private final Map<Integer, Statement> all = new HashMap<>();
  private int lastId;
  private List<Column> columns = List.of();

  /** Bytes of all rows of open cursors. */
  private long cursorBytes;

  /** Bytes of all parameters that were sent in pieces and not used yet. */
  private long longData;

  /**
   * None yet.
   *
   * @param most how many there may be
   * @param mostLongData how many bytes of parameters that are sent in pieces are kept at a time,
   *     and of texts
   */
  RoutedStatements(DalSession session, int most, int mostLongData) {
    this.session = session;
    this.most = most;
    this.mostLongData = mostLongData;
    this.texts = new KeptTexts(mostLongData);
  }

  /** One of them, and what the client has bound to it. */
  private static final class Statement {
    private final DalSession.Prepared prepared;
    private final String firstWord;
    private List<ParameterType> types = List.of();
    private final Map<Integer, ByteArrayOutputStream> longData = new HashMap<>();
    private boolean tooLong;
    private Cursor cursor;

    Statement(DalSession.Prepared prepared) {
      this.prepared = prepared;
      this.firstWord = SessionWords.first(prepared.sql());
    }
  }

  /**
   * What a node can be asked to prepare.
   *
   * @throws DalException if something is wrong with the statement, whatever its values
   */
  Optional<DalSession.Sample> sample(String sql) {
    return session.sample(session.prepare(sql));
  }

  /** The columns of the statement that is prepared next; none if they aren't known. */
  void columns(List<Column> known) {
    columns = List.copyOf(known);
  }

  void prepare(String sql, Answer answer, ResultPackets packets) {
    List<Column> known = columns;
    columns = List.of();
    if (all.size() >= most) {
      throw new ProxyException(
          ProxyError.TOO_MANY_STATEMENTS,
          "this session has "
              + all.size()
              + " prepared statements, the most that it may have; close some, or raise"
              + " max_prepared_statements");
    }
    DalSession.Prepared prepared = session.prepare(sql);
    texts.add(prepared.sql(), prepared.parameters());
    lastId++;
    all.put(lastId, new Statement(prepared));
    ByteBuf out = answer.buffer();
    int sequence =
        new PreparedStatement(lastId, known.size(), prepared.parameters(), 0).write(out, 1);
    boolean ends = !Capability.has(answer.capabilities(), Capability.DEPRECATE_EOF);
    for (int i = 0; i < prepared.parameters(); i++) {
      sequence = ColumnDefinition.text("?").write(out, sequence, answer.charset());
    }
    if (prepared.parameters() > 0 && ends) {
      sequence = new EofPacket(0, packets.status()).write(out, sequence);
    }
    for (Column column : known) {
      sequence = packets.definition(column).write(out, sequence, answer.charset());
    }
    if (!known.isEmpty() && ends) {
      new EofPacket(0, packets.status()).write(out, sequence);
    }
    answer.send(out);
  }

  private static boolean isUsual(Statement statement) {
    return statement.longData.isEmpty()
        && !statement.tooLong
        && statement.prepared.sql().length() <= Whole.LONGEST;
  }

  /** A query over several nodes, whose answers {@link #execute} takes. */
  Optional<DalSession.Ahead> ahead(ByteBuf payload, Charset charset) {
    try {
      Statement statement = find(id(payload, "COM_STMT_EXECUTE"));
      // What is read of a cursor must not be known here before.
      return isUsual(statement) && statement.cursor == null
          ? session.ahead(
              statement.prepared, values(statement, execution(payload, statement), charset))
          : Optional.empty();
    } catch (ProxyException e) {
      return Optional.empty();
    }
  }

  /** Empty also if something is wrong with it: {@link #execute} tells. */
  Optional<Whole> whole(ByteBuf payload, Charset charset) {
    try {
      Statement statement = find(id(payload, "COM_STMT_EXECUTE"));
      if (!isUsual(statement)) {
        return Optional.empty();
      }
      StatementExecution execution = execution(payload, statement);
      return session
          .onNode(statement.prepared, values(statement, execution, charset))
          .map(on -> new Whole(on, execution));
    } catch (ProxyException e) {
      return Optional.empty();
    }
  }

  /** Empty if it was closed, or had parameters that were sent in pieces. */
  Optional<String> boundText(ByteBuf payload, Charset charset) {
    try {
      Statement statement = find(id(payload, "COM_STMT_EXECUTE"));
      List<Value> values = values(statement, execution(payload, statement), charset);
      return Optional.of(session.withValues(statement.prepared, values));
    } catch (ProxyException | DalException e) {
      return Optional.empty();
    }
  }

  /** The first word of what an execution would run; empty if there is no such statement. */
  String firstWord(ByteBuf payload) {
    Statement statement = all.get(id(payload, "COM_STMT_EXECUTE"));
    return statement == null ? "" : statement.firstWord;
  }

  private static StatementExecution execution(ByteBuf payload, Statement statement) {
    StatementExecution execution =
        StatementExecution.read(
            payload.duplicate(),
            statement.prepared.parameters(),
            statement.types,
            statement.longData::containsKey);
    statement.types = execution.types();
    return execution;
  }

  void execute(ByteBuf payload, Answer answer, ResultPackets packets) {
    int id = id(payload, "COM_STMT_EXECUTE");
    Statement statement = find(id);
    StatementExecution execution = execution(payload, statement);
    if (statement.tooLong) {
      forgetLongData(statement);
      throw new ProxyException(
          ProxyError.STATEMENT_TOO_LARGE,
          "the parameters that this session has sent in pieces are longer than "
              + mostLongData
              + " bytes together; send less at a time, or raise max_statement_bytes");
    }
    List<Value> values = values(statement, execution, answer.charset());
    forgetLongData(statement);
    closeCursor(statement);
    Result result = session.execute(statement.prepared, values);
    if (result instanceof Result.Rows rows
        && execution.cursor() == StatementExecution.READ_ONLY_CURSOR) {
      statement.cursor = Cursor.of(rows.stream(), MOST_CURSOR_BYTES - cursorBytes);
      cursorBytes += statement.cursor.bytes();
      packets.opened(statement.cursor);
    } else {
      RoutedClient.answer(result, true, packets);
    }
  }

  /** COM_STMT_FETCH. */
  void fetch(ByteBuf payload, ResultPackets packets) {
    PayloadReader in = new PayloadReader(payload.duplicate(), "COM_STMT_FETCH");
    in.skip(1);
    int id = in.i4();
    long rows = in.u4();
    Statement statement = find(id);
    if (statement.cursor == null) {
      throw new ProxyException(
          ProxyError.NO_CURSOR, "The statement (" + id + ") has no open cursor.");
    }
    if (packets.fetched(statement.cursor, rows)) {
      closeCursor(statement);
    }
  }

  private void closeCursor(Statement statement) {
    if (statement.cursor != null) {
      cursorBytes -= statement.cursor.bytes();
      statement.cursor.close();
      statement.cursor = null;
    }
  }

  private static List<Value> values(
      Statement statement, StatementExecution execution, Charset charset) {
    BoundValues bound = new BoundValues(charset);
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < execution.parameters().size(); i++) {
      StatementExecution.Parameter parameter = execution.parameters().get(i);
      if (parameter instanceof StatementExecution.Value value) {
        values.add(bound.of(execution.types().get(i), value.bytes()));
      } else if (parameter instanceof StatementExecution.SentBefore) {
        values.add(bound.of(execution.types().get(i), statement.longData.get(i).toByteArray()));
      } else {
        values.add(Value.NULL);
      }
    }
    return values;
  }

  void longData(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload.duplicate(), "COM_STMT_SEND_LONG_DATA");
    in.skip(1);
    Statement statement = all.get(in.i4());
    int parameter = in.u2();
    if (statement == null || parameter >= statement.prepared.parameters()) {
      // There is no response that could say so; the execution will.
      return;
    }
    ByteArrayOutputStream data =
        statement.longData.computeIfAbsent(parameter, i -> new ByteArrayOutputStream());
    if (longData + in.remaining() > mostLongData) {
      statement.tooLong = true;
      // It can't be executed with them any more. That they were sent in pieces stays known.
      longData -= size(statement);
      statement.longData.replaceAll((i, dropped) -> new ByteArrayOutputStream());
    }
    if (!statement.tooLong) {
      longData += in.remaining();
      data.writeBytes(in.rest());
    }
  }

  private static long size(Statement statement) {
    return statement.longData.values().stream().mapToLong(ByteArrayOutputStream::size).sum();
  }

  private void forgetLongData(Statement statement) {
    longData -= size(statement);
    statement.longData.clear();
    statement.tooLong = false;
  }

  void reset(ByteBuf payload, ResultPackets packets) {
    Statement statement = find(id(payload, "COM_STMT_RESET"));
    forgetLongData(statement);
    closeCursor(statement);
    packets.ok();
  }

  void close(ByteBuf payload) {
    Statement closed = all.remove(id(payload, "COM_STMT_CLOSE"));
    if (closed != null) {
      texts.remove(closed.prepared.sql());
      forgetLongData(closed);
      closeCursor(closed);
    }
  }

  void clear() {
    all.values().forEach(this::closeCursor);
    all.clear();
    texts.clear();
    longData = 0;
  }

  private Statement find(int id) {
    Statement statement = all.get(id);
    if (statement == null) {
      throw new ProxyException(
          ProxyError.NO_SUCH_STATEMENT,
          "there is no prepared statement " + id + " in this session");
    }
    return statement;
  }

  private static int id(ByteBuf payload, String command) {
    PayloadReader in = new PayloadReader(payload.duplicate(), command);
    in.skip(1);
    return in.i4();
  }
}
