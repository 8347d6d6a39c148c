package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.verify.DatabaseRef;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * A database as it is written on a command line: {@code mysql://user@host:3306/database} or {@code
 * postgresql://user@host:5432/database/schema}, with {@code ?password-env=NAME} or {@code
 * ?password-file=/path}.
 */
public final class DatabaseUrl {
  private static final String FORM =
      "write mysql://user@host:3306/database?password-env=NAME or"
          + " postgresql://user@host:5432/database/schema?password-file=/path";
  private static final Set<String> MYSQL = Set.of("mysql", "mariadb");
  private static final Set<String> POSTGRES = Set.of("postgresql", "postgres");

  private DatabaseUrl() {}

  public static boolean isUrl(String text) {
    return text.contains("://");
  }

  /**
   * @throws DtsException {@code DEFINITION_BAD_OPTION} if it is none, or holds a password
   */
  public static DatabaseRef parse(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION, "a database address cannot be read", FORM, e);
    }
    String user = url.getUserInfo();
    if (user != null && user.contains(":")) {
      throw bad(
          "the address of "
              + url.getHost()
              + " holds a password, which every user of this machine"
              + " could see in the list of processes");
    }
    if (user == null || user.isEmpty() || url.getHost() == null) {
      throw bad("found " + shown(url) + ", which has no user or no host");
    }
    Secret password = password(url);
    List<String> path =
        List.of(url.getPath().replaceFirst("^/", "").replaceFirst("/$", "").split("/"));
    if (MYSQL.contains(url.getScheme()) && path.size() == 1 && !path.get(0).isEmpty()) {
      int port = url.getPort() < 0 ? 3306 : url.getPort();
      return new DatabaseRef(new MySqlServer(url.getHost(), port, user, password), path.get(0));
    }
    if (POSTGRES.contains(url.getScheme()) && path.size() <= 2 && !path.get(0).isEmpty()) {
      int port = url.getPort() < 0 ? 5432 : url.getPort();
      return new DatabaseRef(
          new PostgresServer(url.getHost(), port, path.get(0), user, password),
          path.size() == 2 ? path.get(1) : "public");
    }
    throw bad("found " + shown(url));
  }

  private static Secret password(URI url) {
    if (url.getRawQuery() == null) {
      return new Secret.LiteralSecret("");
    }
    String[] option = url.getRawQuery().split("=", 2);
    String value = option.length == 2 ? URLDecoder.decode(option[1], StandardCharsets.UTF_8) : "";
    return switch (option[0]) {
      case "password-env" -> new Secret.EnvSecret(value);
      case "password-file" -> new Secret.FileSecret(value);
        // The option's value may be a password: it is not shown.
      default -> throw bad("found option '" + option[0] + "' in the address of " + url.getHost());
    };
  }

  private static String shown(URI url) {
    return url.getScheme() + "://" + url.getHost() + url.getPath();
  }

  private static DtsException bad(String found) {
    return new DtsException(DtsError.DEFINITION_BAD_OPTION, found, FORM);
  }
}
