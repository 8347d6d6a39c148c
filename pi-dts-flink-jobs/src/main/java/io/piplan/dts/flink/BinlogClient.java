package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import com.github.shyiko.mysql.binlog.network.protocol.command.Command;
import com.github.shyiko.mysql.binlog.network.protocol.command.DumpBinaryLogCommand;
import com.github.shyiko.mysql.binlog.network.protocol.command.QueryCommand;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLSocket;

/**
 * The replication client, except for how it introduces itself to MariaDB: as a replica that knows
 * its GTID events (the stock client gets them as BEGIN) and can do without the text of statements
 * (which the stock client is sent as padding, as long as the rows themselves).
 */
final class BinlogClient extends BinaryLogClient {
  private static final int KNOWS_MARIADB_GTID = 4;
  private static final int FIRST_EVENT = 4;

  private final String reported;
  private final String mariaDbGtid;

  /**
   * @param reported what it is called in the server's list of replicas
   * @param mariaDbGtid start after these transactions, on MariaDB; null to start at a file position
   */
  BinlogClient(MySqlServer server, String reported, String mariaDbGtid) {
    super(server.host(), server.port(), server.user(), server.password().reveal());
    this.reported = reported;
    this.mariaDbGtid = mariaDbGtid;
    setBinlogFilename("");
  }

  /** Where a server's certificate counts, the sockets are ours, which look at it. */
  static void useOwnSockets(BinaryLogClient client, MySqlServer server) {
    if (server.tls().usesOwnSockets()) {
      client.setSSLMode(SSLMode.REQUIRED);
      client.setSslSocketFactory(socket -> secured(server, socket));
    }
  }

  private static SSLSocket secured(MySqlServer server, Socket socket) throws SocketException {
    try {
      return server.tls().sockets().around(socket, server.host(), server.port());
    } catch (IOException | GeneralSecurityException e) {
      SocketException failed = new SocketException(e.getMessage());
      failed.initCause(e);
      throw failed;
    }
  }

  /** Nothing to look up: a start is a file position or a GTID set, and both are known by now. */
  @Override
  protected void setupGtidSet() {}

  /** What has been read is tracked by the decoder. */
  @Override
  protected void updateGtidSet(Event event) {}

  @Override
  protected void requestBinaryLogStream() throws IOException {
    // One that ends where the binlog ends is no replica.
    if (isBlocking()) {
      send(new RegisterReplica(getServerId(), reported));
    }
    super.requestBinaryLogStream();
  }

  @Override
  protected void requestBinaryLogStreamMaria(long serverId) throws IOException {
    run("SET @mariadb_slave_capability = " + KNOWS_MARIADB_GTID);
    if (mariaDbGtid == null) {
      channel.write(new DumpBinaryLogCommand(serverId, getBinlogFilename(), getBinlogPosition()));
      return;
    }
    run("SET @slave_connect_state = '" + mariaDbGtid.replaceAll("[^0-9,-]", "") + "'");
    run("SET @slave_gtid_strict_mode = 0");
    run("SET @slave_gtid_ignore_duplicates = 0");
    channel.write(new DumpBinaryLogCommand(serverId, "", FIRST_EVENT));
  }

  private void run(String sql) throws IOException {
    send(new QueryCommand(sql));
  }

  private void send(Command command) throws IOException {
    channel.write(command);
    checkError(channel.read());
  }
}
