package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.DalException;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.command.KillStatement;
import io.piplan.proxy.command.StatementScan;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.routed.ClientGoneException;
import io.piplan.proxy.routed.RoutedClient;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session whose statements run over several nodes: its commands run one after the other on
 * threads that may wait, since PiDAL's calls do; an idle session has no thread. Only for its event
 * loop's thread, except where it says so.
 */
final class RoutedSession implements Session {
  private static final Logger LOG = LoggerFactory.getLogger(RoutedSession.class);

  private final ProxyContext proxy;
  private final Worker worker;
  private final ClientConnection client;
  private final ClientOutput output;
  private final long id;
  private volatile String user = "";
  private volatile RoutedClient routed;
  private volatile String schema;
  private boolean runs;
  private boolean ended;

  RoutedSession(ProxyContext proxy, Worker worker, ClientConnection client) {
    this.proxy = proxy;
    this.worker = worker;
    this.client = client;
    this.output = new ClientOutput(worker.loop(), client);
    this.id = proxy.sessions().nextId();
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  public String user() {
    return user;
  }

  @Override
  public void loggedIn(ProxyUser who, String wanted, Runnable told, Consumer<ErrPacket> refused) {
    RoutedClient before = routed;
    routed = null;
    user = who.name();
    proxy.sessions().add(this);
    offLoop(
        () -> {
          if (before != null) {
            before.close();
          }
          try {
            RoutedClient fresh =
                new RoutedClient(
                    proxy.routed().engine().session(wanted),
                    proxy.config().limits().preparedStatements());
            schema = wanted;
            back(
                () -> {
                  if (ended) {
                    offLoop(fresh::close);
                  } else {
                    routed = fresh;
                    told.run();
                  }
                });
          } catch (DalException e) {
            back(() -> refused.accept(error(e)));
          }
        });
  }

  private static ErrPacket error(DalException e) {
    return new ErrPacket(e.mysqlNumber(), e.sqlState(), e.getMessage());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // tasks catch what they throw
  private void offLoop(Runnable task) {
    proxy.routed().threads().submit(task);
  }

  private void back(Runnable task) {
    worker.loop().execute(task);
  }

  // --- commands

  @Override
  public void run(Packet packet) {
    int first = packet.firstByte();
    Optional<CommandCode> code = first < 0 ? Optional.empty() : CommandCode.of(first);
    if (code.isEmpty()) {
      packet.release();
      refuse(
          new ProxyException(
              ProxyError.UNKNOWN_COMMAND,
              first < 0
                  ? "an empty packet, expected a command"
                  : String.format("unknown command 0x%02x", first)));
      return;
    }
    switch (code.get()) {
      case QUIT -> {
        packet.release();
        client.close();
      }
      case CHANGE_USER -> LoginPhase.changeUser(proxy, client, this, packet);
      case PROCESS_KILL -> {
        long target = processKill(packet);
        kill(target, false);
      }
      case QUERY -> query(packet);
      default -> onThread(code.get(), packet);
    }
  }

  private static long processKill(Packet packet) {
    try {
      PayloadReader in = new PayloadReader(packet.payload(), "COM_PROCESS_KILL");
      in.skip(1);
      return in.u4();
    } finally {
      packet.release();
    }
  }

  private void query(Packet packet) {
    StatementScan scan = StatementScan.of(packet.payload(), packet.payload().readerIndex() + 1);
    boolean single = scan.statements().size() == 1;
    if (single && scan.word(0).equals("SHOW") && scan.word(1).equals("PI")) {
      List<String> words = scan.statements().get(0);
      packet.release();
      showPi(words.subList(2, words.size()));
    } else if (single && scan.word(0).equals("KILL")) {
      packet.release();
      KillStatement kill;
      try {
        kill = KillStatement.of(scan);
      } catch (ProxyException e) {
        refuse(e);
        return;
      }
      kill(kill.session(), kill.queryOnly());
    } else {
      onThread(CommandCode.QUERY, packet);
    }
  }

  private void onThread(CommandCode code, Packet packet) {
    runs = true;
    RoutedClient running = routed;
    offLoop(
        () -> {
          try {
            running.run(code, packet.payload(), output);
            schema = running.schema();
          } catch (ClientGoneException e) {
            LOG.debug("client {} went away in the middle of a response", id);
          } catch (RuntimeException e) {
            LOG.error("a client of {} is ended", client.remoteHost(), e);
            back(client::close);
          } finally {
            packet.release();
            back(this::commandEnded);
          }
        });
  }

  private void commandEnded() {
    runs = false;
    if (ended) {
      closeRouted();
    } else {
      client.commandEnded();
    }
  }

  private void refuse(ProxyException e) {
    answer(ErrPacket.of(e));
  }

  private void answer(ErrPacket error) {
    proxy.metrics().proxyError();
    ByteBuf out = client.channel().alloc().buffer();
    error.write(out, 1, client.charset());
    client.write(out);
    client.commandEnded();
  }

  private void showPi(List<String> what) {
    proxy
        .admin()
        .ask(
            worker,
            what,
            (table, why) -> {
              if (ended) {
                return;
              }
              if (table == null) {
                refuse(new ProxyException(ProxyError.SYNTAX, why));
                return;
              }
              ByteBuf out = client.channel().alloc().buffer();
              ResultWriter.rows(
                  out,
                  table.columns(),
                  table.rows(),
                  client.charset(),
                  client.capabilities(),
                  routed.status());
              client.write(out);
              client.commandEnded();
            });
  }

  // --- ends

  private void kill(long target, boolean queryOnly) {
    new Kill(proxy.sessions(), this)
        .run(
            target,
            queryOnly,
            error -> {
              if (!ended && error == null) {
                ByteBuf out = client.channel().alloc().buffer();
                OkPacket.of(routed.status()).write(out, 1, client.capabilities());
                client.write(out);
                client.commandEnded();
              } else if (!ended) {
                answer(error);
              }
            });
  }

  @Override
  public void killed(boolean queryOnly, boolean itself, Consumer<ErrPacket> answer) {
    RoutedClient running = routed;
    if (runs && running != null) {
      offLoop(
          () -> {
            try {
              running.cancel();
              answer.accept(null);
            } catch (DalException e) {
              answer.accept(error(e));
            }
          });
    } else {
      answer.accept(null);
    }
    if (!queryOnly) {
      client.killed(itself);
    }
  }

  @Override
  public boolean mayEnd() {
    RoutedClient now = routed;
    return now == null || !now.inTransaction();
  }

  @Override
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    proxy.sessions().remove(this);
    output.clientGone();
    RoutedClient running = routed;
    if (!runs) {
      closeRouted();
    } else if (running != null) {
      offLoop(
          () -> {
            try {
              running.cancel();
            } catch (DalException e) {
              LOG.debug("the statement of client {} could not be stopped: {}", id, e.getMessage());
            }
          });
    }
  }

  /** Rolls back and gives connections back. */
  private void closeRouted() {
    RoutedClient had = routed;
    routed = null;
    if (had != null) {
      offLoop(
          () -> {
            try {
              had.close();
            } catch (RuntimeException e) {
              LOG.warn("the session of client {} could not be ended: {}", id, e.getMessage());
            }
          });
    }
  }

  @Override
  public SessionFigures figures() {
    return new SessionFigures(
        id,
        user,
        client.remoteName(),
        schema == null ? "" : schema,
        client.isBusy() ? "runs" : "idle",
        "",
        mayEnd() ? "" : "a transaction");
  }
}
