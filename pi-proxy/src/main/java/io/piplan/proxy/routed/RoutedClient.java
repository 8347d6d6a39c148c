package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.session.DalSession;
import io.piplan.dal.sql.LoadStatement;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.protocol.ServerStatus;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/** Runs one client's commands on its session of PiDAL. One thread at a time; calls wait. */
public final class RoutedClient {
  private static final Pattern CHARSET =
      Pattern.compile("(?is)\\s*set\\s+(names|charset|character\\s+set)\\b.*");

  private final DalSession session;
  private final RoutedStatements statements;
  private volatile int status = ServerStatus.AUTOCOMMIT;
  private final SessionWarnings warnings;
  private final SessionChanges changes;
  private final StatementCut cut = new StatementCut();
  private boolean speaksUtf8;

  /**
   * @param maxPrepared how many prepared statements it may have
   * @param maxLongData how many bytes of their parameters, sent in pieces, are kept at a time
   * @param warnings where those of its statements are kept
   */
  public RoutedClient(
      DalSession session, int maxPrepared, int maxLongData, SessionWarnings warnings) {
    this.session = session;
    this.warnings = warnings;
    this.changes = new SessionChanges(session);
    this.statements = new RoutedStatements(session, maxPrepared, maxLongData);
  }

  /** Any thread may ask. */
  public int status() {
    return status;
  }

  /** The current schema; null if none was chosen. */
  public String schema() {
    return session.schema();
  }

  /** Any thread may ask. */
  public boolean inTransaction() {
    return ServerStatus.has(status, ServerStatus.IN_TRANSACTION);
  }

  public DalSession session() {
    return session;
  }

  /** Whether its texts are UTF-8, as the nodes' are. */
  public boolean speaksUtf8(Charset ofLogin) {
    return speaksUtf8 || ofLogin.equals(StandardCharsets.UTF_8);
  }

  /** A command that one node can answer; nothing is run. Waits for nothing. */
  public Optional<Whole> whole(CommandCode code, ByteBuf payload) {
    return code == CommandCode.STMT_EXECUTE
        ? statements.whole(payload, StandardCharsets.UTF_8)
        : session.onNode(text(payload, StandardCharsets.UTF_8)).map(on -> new Whole(on, null));
  }

  /**
   * Sends a query over several nodes, which {@link #run} answers next; empty if it was not sent.
   */
  public Optional<DalSession.Ahead> ahead(CommandCode code, ByteBuf payload) {
    return code == CommandCode.STMT_EXECUTE
        ? statements.ahead(payload, StandardCharsets.UTF_8)
        : session.ahead(text(payload, StandardCharsets.UTF_8));
  }

  /**
   * What a node can be asked to prepare, to tell the columns of a COM_STMT_PREPARE. Waits for
   * nothing.
   *
   * @throws DalException if something is wrong with the statement, whatever its values
   */
  public Optional<DalSession.Sample> sample(ByteBuf payload) {
    try {
      return statements.sample(text(payload, StandardCharsets.UTF_8));
    } catch (ProxyException e) {
      // The PREPARE itself says what is wrong.
      return Optional.empty();
    }
  }

  /**
   * Answers a COM_STMT_PREPARE with the columns of its rows.
   *
   * @param columns none if it gives no rows, or they aren't known
   */
  public void prepare(ByteBuf payload, List<Column> columns, Answer to) {
    statements.columns(columns);
    run(CommandCode.STMT_PREPARE, payload, to);
  }

  /**
   * The text with its values of what COM_STMT_EXECUTE has run; empty if it isn't there any more.
   */
  public Optional<String> boundText(ByteBuf payload) {
    return statements.boundText(payload, StandardCharsets.UTF_8);
  }

  /** The first word of the statement that COM_STMT_EXECUTE is about, in upper case. */
  public String firstWord(ByteBuf payload) {
    return statements.firstWord(payload);
  }

  /** Stops the statement that runs now. From any thread. */
  public void cancel() {
    session.cancel();
  }

  public void close() {
    statements.clear();
    session.close();
  }

  /**
   * Runs a command.
   *
   * @param payload stays the caller's
   * @return whether it has a response; that is sent then
   */
  public boolean run(CommandCode code, ByteBuf payload, Answer to) {
    Answer answer = speaksUtf8 ? new Utf8Answer(to) : to;
    ResultPackets packets =
        new ResultPackets(answer, this::currentStatus, warnings::count, changes::since);
    try {
      return run(code, payload, answer, packets);
    } catch (DalException e) {
      warnings.failed(e);
      packets.refuse(ResultPackets.error(e));
      return true;
    } catch (ProxyException e) {
      packets.refuse(ErrPacket.of(e));
      return true;
    } finally {
      currentStatus();
    }
  }

  /** Of the session now; for the thread that runs it. */
  public int currentStatus() {
    status =
        (session.autocommit() ? ServerStatus.AUTOCOMMIT : 0)
            | (session.inTransaction() ? ServerStatus.IN_TRANSACTION : 0);
    return status;
  }

  private boolean run(CommandCode code, ByteBuf payload, Answer answer, ResultPackets packets) {
    switch (code) {
      case QUERY -> query(text(payload, answer.charset()), answer, packets);
      case INIT_DB -> {
        session.use(text(payload, answer.charset()));
        packets.ok();
      }
      case FIELD_LIST -> {
        PayloadReader in = new PayloadReader(payload, "COM_FIELD_LIST");
        in.skip(1);
        packets.fields(session.fields(in.nullTerminated(answer.charset())));
      }
      case STMT_PREPARE -> statements.prepare(text(payload, answer.charset()), answer, packets);
      case STMT_EXECUTE -> statements.execute(payload, answer, packets);
      case STMT_FETCH -> statements.fetch(payload, packets);
      case SET_OPTION -> {
        cut.option(payload);
        packets.endOfNothing();
      }
      case STMT_RESET -> statements.reset(payload, packets);
      case STMT_SEND_LONG_DATA -> {
        statements.longData(payload);
        return false;
      }
      case STMT_CLOSE -> {
        statements.close(payload);
        return false;
      }
      case RESET_CONNECTION -> {
        session.reset();
        statements.clear();
        cut.reset();
        packets.ok();
      }
      case PING -> packets.ok();
      case STATISTICS -> packets.text("pi-proxy: SHOW PI SESSIONS tells more");
      default ->
          throw new ProxyException(
              ProxyError.UNKNOWN_COMMAND,
              "the command " + code + " is not supported where statements run over several nodes");
    }
    return true;
  }

  /** Each statement is answered before the next one runs; after one that fails none does. */
  private void query(String sql, Answer answer, ResultPackets packets) {
    List<String> all = cut.statements(session.written(sql), answer.capabilities());
    boolean goesOn = true;
    for (int i = 0; i < all.size() && goesOn; i++) {
      packets.more(i < all.size() - 1);
      if (i > 0) {
        warnings.clear();
      }
      goesOn = one(all.get(i), answer, packets);
    }
  }

  private boolean one(String sql, Answer answer, ResultPackets packets) {
    if (LoadStatement.isOne(sql)) {
      load(sql, answer, packets);
      return true;
    }
    Result result = session.execute(sql);
    if (CHARSET.matcher(sql).matches()) {
      // The session takes UTF-8 only.
      speaksUtf8 = true;
      changes.namesSet();
    }
    return answer(result, false, packets);
  }

  /** Whatever comes of it, the client is answered when its file is at its end. */
  private void load(String sql, Answer answer, ResultPackets packets) {
    AtomicReference<ClientFile> asked = new AtomicReference<>();
    try {
      Result result =
          session.load(
              sql,
              name -> {
                asked.set(answer.file(name, packets.sequence()));
                return asked.get();
              });
      end(asked.get(), packets);
      packets.done((Result.Done) result);
    } catch (DalException | ProxyException e) {
      end(asked.get(), packets);
      throw e;
    }
  }

  private static void end(ClientFile file, ResultPackets packets) {
    if (file == null) {
      return;
    }
    try {
      file.readToEnd();
    } catch (IOException e) {
      ClientGoneException gone = new ClientGoneException();
      gone.addSuppressed(e);
      throw gone;
    }
    packets.goOnAt(file.nextSequence());
  }

  /** Whether there was no error. */
  static boolean answer(Result result, boolean binary, ResultPackets packets) {
    if (result instanceof Result.Rows rows) {
      return packets.rows(rows.stream(), binary);
    }
    packets.done((Result.Done) result);
    return true;
  }

  private static String text(ByteBuf payload, Charset charset) {
    return StatementText.of(payload, charset);
  }

  /** An answer to a client that has set its character set to UTF-8 after its login. */
  private record Utf8Answer(Answer to) implements Answer {
    @Override
    public int capabilities() {
      return to.capabilities();
    }

    @Override
    public Charset charset() {
      return StandardCharsets.UTF_8;
    }

    @Override
    public int collation() {
      return to.collation();
    }

    @Override
    public ByteBuf buffer() {
      return to.buffer();
    }

    @Override
    public void send(ByteBuf packets) {
      to.send(packets);
    }

    @Override
    public ClientFile file(String name, int sequence) {
      return to.file(name, sequence);
    }
  }
}
