package org.apache.hadoop.hive.metastore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import org.apache.thrift.transport.TServerSocket;
import org.apache.thrift.transport.TSocket;
import org.apache.thrift.transport.TTransportException;

/**
 * Stands in for Hive's class of this name, since a metastore of 3.1 cannot be told an address:
 * listens on the loopback address alone. Only the class path of the embedded metastore has it
 * before Hive's.
 */
public class TServerSocketKeepAlive extends TServerSocket {
  private static final int BACKLOG = 50;

  public TServerSocketKeepAlive(TServerSocket everywhere) throws TTransportException {
    super(onLoopback(everywhere));
  }

  private static ServerSocket onLoopback(TServerSocket everywhere) throws TTransportException {
    int port = everywhere.getServerSocket().getLocalPort();
    everywhere.close();
    try {
      return new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new TTransportException("cannot listen on port " + port, e);
    }
  }

  @Override
  protected TSocket acceptImpl() throws TTransportException {
    TSocket socket = super.acceptImpl();
    try {
      socket.getSocket().setKeepAlive(true);
    } catch (SocketException e) {
      throw new TTransportException(e);
    }
    return socket;
  }
}
