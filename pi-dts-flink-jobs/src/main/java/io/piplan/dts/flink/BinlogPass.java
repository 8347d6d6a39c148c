package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer.EventDataWrapper;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.binlog.RawEvent;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * One reading of a server's binlog, on the calling thread, up to where it ends or its reader has
 * enough. The server does not take it for a replica: it needs no server id, and disturbs no other
 * reader. Good for one call.
 */
final class BinlogPass {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int SILENCE_MILLIS = 60_000;

  /**
   * While the server only skips, it says that it is there. Without a period some say so at each
   * event that they skip, and others never.
   */
  private static final long HEARTBEAT_MILLIS = 5_000;

  private final MySqlServer server;
  private final BinlogFailures failures;
  private final BinlogClient client;
  private final Predicate<RawEvent> reader;
  private DtsException failure;
  private boolean ended;

  /**
   * @param reader takes each event, and says whether it wants more
   */
  BinlogPass(BinlogOptions options, BinlogFailures failures, Predicate<RawEvent> reader) {
    this.server = options.server();
    this.failures = failures;
    this.reader = reader;
    this.client = new BinlogClient(server, options.reader().reported(), null);
  }

  /** Reads on from a place. */
  void from(Lsn place) {
    client.setBinlogFilename(place.file());
    client.setBinlogPosition(place.position());
    run();
  }

  /** Reads all that MySQL has but these transactions. */
  void without(String gtids) {
    client.setGtidSet(gtids);
    client.setHeartbeatInterval(HEARTBEAT_MILLIS);
    run();
  }

  private void run() {
    client.setBlocking(false);
    client.setKeepAlive(false);
    client.setEventDeserializer(new RawEventDeserializer());
    client.setConnectTimeout(CONNECT_MILLIS);
    client.setSocketFactory(
        () -> {
          Socket socket = new Socket();
          socket.setSoTimeout(SILENCE_MILLIS);
          return socket;
        });
    client.setSSLMode(
        SSLMode.valueOf(
            server
                .properties()
                .getOrDefault("sslMode", server.tls().mySqlMode(server.host()))
                .toUpperCase(Locale.ROOT)));
    BinlogClient.useOwnSockets(client, server);
    client.registerEventListener(this::take);
    client.registerLifecycleListener(new ClientListener(() -> failures, this::fail, false));
    try {
      client.connect();
    } catch (IOException | IllegalStateException e) {
      fail(failures.of(e));
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void take(Event event) {
    if (failure != null || ended) {
      return;
    }
    EventData data = event.getData();
    RawEvent raw =
        ((RawEventData) (data instanceof EventDataWrapper wrapper ? wrapper.getExternal() : data))
            .event();
    try {
      if (!reader.test(raw)) {
        ended = true;
        disconnect();
      }
    } catch (DtsException e) {
      fail(e);
    } catch (RuntimeException e) {
      fail(failures.of(e));
    }
  }

  private void fail(DtsException cause) {
    if (failure == null && !ended) {
      failure = cause;
      disconnect();
    }
  }

  private void disconnect() {
    try {
      client.disconnect();
    } catch (IOException e) {
      failure = failure == null && !ended ? failures.of(e) : failure;
    }
  }
}
