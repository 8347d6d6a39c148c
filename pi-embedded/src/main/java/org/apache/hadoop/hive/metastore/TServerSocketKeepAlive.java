package org.apache.hadoop.hive.metastore;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf.ConfVars;
import org.apache.thrift.transport.TServerSocket;
import org.apache.thrift.transport.TSocket;
import org.apache.thrift.transport.TTransportException;

/**
 * Stands in for Hive's class of this name, since a metastore of 3.1 cannot be told an address:
 * listens on the loopback address alone, by TLS where Hive would. Only the class path of the
 * embedded metastore has it before Hive's.
 */
public class TServerSocketKeepAlive extends TServerSocket {
  private static final int BACKLOG = 50;

  public TServerSocketKeepAlive(TServerSocket everywhere) throws TTransportException {
    super(onLoopback(everywhere));
  }

  private static ServerSocket onLoopback(TServerSocket everywhere) throws TTransportException {
    int port = everywhere.getServerSocket().getLocalPort();
    boolean encrypted = everywhere.getServerSocket() instanceof SSLServerSocket;
    everywhere.close();
    try {
      ServerSocketFactory sockets =
          encrypted ? encrypted().getServerSocketFactory() : ServerSocketFactory.getDefault();
      return sockets.createServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException | GeneralSecurityException e) {
      throw new TTransportException("cannot listen on port " + port, e);
    }
  }

  private static SSLContext encrypted() throws IOException, GeneralSecurityException {
    Configuration conf = MetastoreConf.newMetastoreConf();
    File store = new File(MetastoreConf.getVar(conf, ConfVars.SSL_KEYSTORE_PATH));
    char[] password = MetastoreConf.getPassword(conf, ConfVars.SSL_KEYSTORE_PASSWORD).toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(store, password), password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
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
