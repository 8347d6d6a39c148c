package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.TlsFailures;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.UndeclaredThrowableException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.api.ThriftHiveMetastore;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf.ConfVars;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.thrift.TException;
import org.apache.thrift.transport.TTransportException;

/** Opens a connection to a metastore, and tells why there is none. */
final class MetastoreConnection {
  private final HiveServer server;
  private final HiveConf conf;
  private final UserGroupInformation user;

  MetastoreConnection(HiveServer server, HiveConf conf, UserGroupInformation user) {
    this.server = server;
    this.conf = conf;
    this.user = user;
  }

  HiveMetaStoreClient open() {
    requireTrustStore();
    try {
      return user.doAs((PrivilegedExceptionAction<HiveMetaStoreClient>) this::connect);
    } catch (IOException | UndeclaredThrowableException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(e);
    } catch (LinkageError e) {
      throw HiveServer.missing(e);
    }
  }

  /** Of one that cannot be used the client says nothing but that it cannot connect. */
  private void requireTrustStore() {
    if (!MetastoreConf.getBoolVar(conf, ConfVars.USE_SSL)) {
      return;
    }
    String store = MetastoreConf.getVar(conf, ConfVars.SSL_TRUSTSTORE_PATH).strip();
    try {
      String password = MetastoreConf.getPassword(conf, ConfVars.SSL_TRUSTSTORE_PASSWORD);
      KeyStore unused = KeyStore.getInstance(new File(store), password.toCharArray());
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new DtsException(
          DtsError.TARGET_TLS,
          "metastore "
              + server.metastoreUri()
              + " does not pass TLS: trust store '"
              + store
              + "' cannot be read here: "
              + e.getMessage(),
          "set 'conf.hive.metastore.truststore.path' to a file that is on every machine that runs"
              + " the sync, and 'conf.hive.metastore.truststore.password' to its password",
          e);
    }
  }

  /**
   * The client would tell the metastore itself whose connection it is. But it would go on whatever
   * became of that, and the handshake of TLS is a part of it.
   */
  private HiveMetaStoreClient connect() throws TException {
    Configuration anonymous = new Configuration(conf);
    MetastoreConf.setBoolVar(anonymous, ConfVars.EXECUTE_SET_UGI, false);
    HiveMetaStoreClient client = new HiveMetaStoreClient(anonymous);
    if (MetastoreConf.getBoolVar(conf, ConfVars.EXECUTE_SET_UGI)
        && !MetastoreConf.getBoolVar(conf, ConfVars.USE_THRIFT_SASL)) {
      try {
        thrift(client).set_ugi(user.getUserName(), List.of(user.getGroupNames()));
      } catch (TTransportException e) {
        client.close();
        throw e;
      } catch (TException e) {
        // As the client itself does: a metastore need not know users.
        return client;
      }
    }
    return client;
  }

  /** What the client's own methods do not offer. */
  static ThriftHiveMetastore.Iface thrift(HiveMetaStoreClient client) {
    try {
      Field field = HiveMetaStoreClient.class.getDeclaredField("client");
      field.setAccessible(true);
      return (ThriftHiveMetastore.Iface) field.get(client);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this is not the metastore client of Hive 3.1", e);
    }
  }

  private DtsException unreachable(Exception e) {
    Optional<String> untrusted = TlsFailures.reason(e, "'conf.hive.metastore.truststore.path'");
    if (untrusted.isPresent()) {
      return new DtsException(
          DtsError.TARGET_TLS,
          "metastore " + server.metastoreUri() + " does not pass TLS: " + untrusted.get(),
          "check 'conf.hive.metastore.truststore.path', the metastore's certificate (openssl"
              + " s_client -connect HOST:PORT), and that its host, as DNS names it, is a name in"
              + " it",
          e);
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new DtsException(
        DtsError.TARGET_UNREACHABLE,
        "metastore "
            + server.metastoreUri()
            + " cannot be reached: "
            + (cause.getMessage() == null
                ? cause.toString()
                : cause.getMessage().split("\n", 2)[0]),
        "check that it runs, 'metastore-uri', and firewalls; one that wants TLS ends connections"
            + " without ('conf.hive.metastore.use.SSL')",
        e);
  }
}
