package io.piplan.dts.jdbc;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;

/**
 * A Hive: its metastore, and the HiveServer2 that answers queries.
 *
 * @param metastoreUri {@code thrift://host:port}, several with commas between
 * @param url of HiveServer2, {@code jdbc:hive2://…}
 * @param user who writes files and logs in to HiveServer2
 * @param confFolder where core-site.xml, hdfs-site.xml and hive-site.xml are, or empty
 * @param conf properties of Hadoop and Hive, which win over those of the folder
 */
public record HiveServer(
    String metastoreUri,
    String url,
    String user,
    Secret password,
    String confFolder,
    Map<String, Secret> conf)
    implements DatabaseServer {
  public HiveServer {
    Objects.requireNonNull(metastoreUri, "metastoreUri");
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(confFolder, "confFolder");
    conf = Map.copyOf(conf);
  }

  /** Planning a statement is one answer; while it runs, HiveServer2 answers every few seconds. */
  public static final Duration PLANNING = Duration.ofMinutes(5);

  /** What its driver makes of the first byte of an alert of TLS. */
  private static final String ALERT = "Invalid status 21";

  private static final List<String> STORE_FAILURES =
      List.of("Could not load file", "password was incorrect");

  /** What its driver says of a login that is refused, by binary messages and by HTTP. */
  private static final List<String> REFUSALS =
      List.of("Error validating the login", "HTTP Response code: 401");

  @Override
  public Connection connect(Side side) {
    return connect(side, PLANNING);
  }

  /**
   * A connection to HiveServer2. Over HTTP ({@code transportMode=http}) its driver knows no limit
   * for an answer.
   */
  @Override
  public Connection connect(Side side, Duration answer) {
    Properties all = new Properties();
    all.setProperty("user", user);
    all.setProperty("password", password.reveal());
    try {
      return LoginLimit.within(
          answer, () -> new org.apache.hive.jdbc.HiveDriver().connect(url, all));
    } catch (NoClassDefFoundError e) {
      throw missing(e);
    } catch (SQLException e) {
      throw refused(side, e);
    }
  }

  private DtsException refused(Side side, SQLException e) {
    SQLException told = UrlSecrets.masked(e);
    String at = "HiveServer2 at " + url.replaceFirst("^jdbc:hive2://([^/;?#]*).*$", "$1");
    Optional<String> untrusted =
        TlsFailures.reason(e, "'sslTrustStore' in 'hiveserver2-url'").or(() -> unreadable(e));
    if (untrusted.isPresent()) {
      return new DtsException(
          side.tls(),
          at + " does not pass TLS: " + untrusted.get(),
          "check 'sslTrustStore' in 'hiveserver2-url', the server's certificate (openssl s_client"
              + " -connect HOST:PORT), and that the host of the URL is a name in it",
          told);
    }
    String message = String.valueOf(told.getMessage());
    if (message.contains(ALERT)) {
      return new DtsException(
          side.tls(),
          at + " does not pass TLS: it lets nobody in without",
          "write ;ssl=true;sslTrustStore=… in 'hiveserver2-url' (docs/hive.md)",
          told);
    }
    if (REFUSALS.stream().anyMatch(message::contains)) {
      return new DtsException(
          side.accessDenied(),
          at + " refuses user '" + user + "': " + message,
          "check 'username' and 'password' of the catalog",
          told);
    }
    return DatabaseServer.refused(this, side, user, told);
  }

  /** What is wrong with a trust store, if that is it. */
  private static Optional<String> unreadable(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = UrlSecrets.mask(String.valueOf(cause.getMessage()));
      if (cause instanceof IOException && STORE_FAILURES.stream().anyMatch(message::contains)) {
        return Optional.of("its trust store cannot be read here: " + message);
      }
    }
    return Optional.empty();
  }

  /** What is to be said where Hive's classes are not there. */
  public static DtsException missing(LinkageError e) {
    return new DtsException(
        DtsError.TARGET_UNREACHABLE,
        "Hive's classes are not here: " + e.getMessage(),
        "use the job jar that has them, pi-dts-flink-jobs-…-job-hive.jar (docs/hive.md)",
        e);
  }

  /** The first metastore, e.g. {@code hive://host:9083}. */
  @Override
  public String address() {
    return metastoreUri.split(",", 2)[0].strip().replaceFirst("^thrift:", "hive:");
  }

  @Override
  public HiveServer at(String hostAndPort) {
    throw new DtsException(
        DtsError.DEFINITION_BAD_OPTION,
        "a Hive has no replicas, and " + hostAndPort + " is named as one",
        "leave the option out");
  }

  /** As the URL of HiveServer2 says; the metastore's is Hadoop's configuration. */
  @Override
  public Tls tls() {
    return Tls.UNSET;
  }

  @Override
  public String toString() {
    return address() + " as " + user;
  }
}
