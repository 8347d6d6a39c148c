package io.piplan.dal.node;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Address and account of a node: {@code mysql://user:password@host:port/schema}. */
record Dsn(String host, int port, String schema, String user, String password) {
  private static final int DEFAULT_PORT = 3306;

  /** No message repeats the text: it holds a password. */
  static Dsn parse(String node, String text) {
    try {
      URI uri = new URI(text.trim());
      String account = uri.getRawUserInfo();
      String path = uri.getRawPath() == null ? "" : uri.getRawPath();
      if (!"mysql".equals(uri.getScheme())
          || uri.getHost() == null
          || account == null
          || !path.matches("/[^/]+")) {
        throw wrong(node);
      }
      int colon = account.indexOf(':');
      return new Dsn(
          uri.getHost(),
          uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
          decoded(path.substring(1)),
          decoded(colon < 0 ? account : account.substring(0, colon)),
          colon < 0 ? "" : decoded(account.substring(colon + 1)));
    } catch (URISyntaxException e) {
      throw wrong(node);
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static DalException wrong(String node) {
    return new DalException(
        DalError.CONFIGURATION,
        "the dsn of node "
            + node
            + " is not of the form mysql://user:password@host:port/schema; write it so, special"
            + " characters of the password as %41");
  }

  /**
   * Text protocol, rows streamed, sessions of utf8mb4. Times are never converted: bytes pass.
   *
   * @param answerMillis how long a server may be silent before it is given up
   */
  String jdbcUrl(long answerMillis) {
    return "jdbc:mysql://"
        + host
        + ":"
        + port
        + "/"
        + schema
        + "?useSSL=false&allowPublicKeyRetrieval=true&characterEncoding=UTF-8"
        + "&useAffectedRows=true&useServerPrepStmts=false&useLocalSessionState=true"
        + "&connectTimeout=5000&tcpKeepAlive=true&autoReconnect=false&socketTimeout="
        + answerMillis
        + "&dontTrackOpenResources=true&enableQueryTimeouts=true&maintainTimeStats=false";
  }
}
