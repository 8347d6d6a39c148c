package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.protocol.ServerStatus;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** Runs one client's commands on its session of PiDAL. One thread at a time; calls wait. */
public final class RoutedClient {
  private static final Pattern CHARSET =
      Pattern.compile("(?is)\\s*set\\s+(names|charset|character\\s+set)\\b.*");

  private final DalSession session;
  private final RoutedStatements statements;
  private volatile int status = ServerStatus.AUTOCOMMIT;
  private final SessionWarnings warnings;
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

  /** The first word of the statement that COM_STMT_EXECUTE is about, in upper case. */
  public String firstWord(ByteBuf payload) {
    return statements.firstWord(payload);
  }

  /** Stops the statement that runs now. From any thread. */
  public void cancel() {
    session.cancel();
  }

  public void close() {
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
    ResultPackets packets = new ResultPackets(answer, this::currentStatus, warnings::count);
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
      case QUERY -> query(text(payload, answer.charset()), packets);
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

  private void query(String sql, ResultPackets packets) {
    Result result = session.execute(sql);
    // The session takes UTF-8 only.
    speaksUtf8 |= CHARSET.matcher(sql).matches();
    answer(result, false, packets);
  }

  static void answer(Result result, boolean binary, ResultPackets packets) {
    if (result instanceof Result.Rows rows) {
      packets.rows(rows.stream(), binary);
    } else {
      packets.done((Result.Done) result);
    }
  }

  private static String text(ByteBuf payload, Charset charset) {
    return payload.toString(payload.readerIndex() + 1, payload.readableBytes() - 1, charset);
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
  }
}
