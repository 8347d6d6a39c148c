package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Tls;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A database as it is written on a command line: {@code mysql://user@host:3306/database} or {@code
 * postgresql://user@host:5432/database/schema}, with {@code ?password-env=NAME} or {@code
 * ?password-file=/path}, and {@code &tls=…}, {@code &tls.ca=…}, {@code &tls.cert=…} and {@code
 * &tls.key=…} as in a catalog.
 */
public final class DatabaseUrl {
  private static final String FORM =
      "write mysql://user@host:3306/database?password-env=NAME or"
          + " postgresql://user@host:5432/database/schema?password-file=/path; for TLS add"
          + " &tls=verify-identity&tls.ca=/path/ca.pem";
  private static final String MODES =
      "write tls=disabled, preferred, required, verify-ca or verify-identity";
  private static final Set<String> OPTIONS =
      Set.of("password-env", "password-file", "tls", "tls.ca", "tls.cert", "tls.key");
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
    Map<String, String> options = options(url);
    Secret password = password(options);
    Tls tls = tls(options);
    List<String> path =
        List.of(url.getPath().replaceFirst("^/", "").replaceFirst("/$", "").split("/"));
    if (MYSQL.contains(url.getScheme()) && path.size() == 1 && !path.get(0).isEmpty()) {
      int port = url.getPort() < 0 ? 3306 : url.getPort();
      return new DatabaseRef(
          new MySqlServer(url.getHost(), port, user, password, Map.of(), tls), path.get(0));
    }
    if (POSTGRES.contains(url.getScheme()) && path.size() <= 2 && !path.get(0).isEmpty()) {
      int port = url.getPort() < 0 ? 5432 : url.getPort();
      return new DatabaseRef(
          new PostgresServer(url.getHost(), port, path.get(0), user, password, Map.of(), tls),
          path.size() == 2 ? path.get(1) : "public");
    }
    throw bad("found " + shown(url));
  }

  private static Map<String, String> options(URI url) {
    Map<String, String> options = new LinkedHashMap<>();
    if (url.getRawQuery() == null) {
      return options;
    }
    for (String option : url.getRawQuery().split("&", -1)) {
      String[] parts = option.split("=", 2);
      String value = parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "";
      if (!OPTIONS.contains(parts[0])) {
        // The option's value may be a password: it is not shown.
        throw bad("found option '" + parts[0] + "' in the address of " + url.getHost());
      }
      if (options.put(parts[0], value) != null) {
        throw bad("found option '" + parts[0] + "' twice in the address of " + url.getHost());
      }
    }
    return options;
  }

  private static Secret password(Map<String, String> options) {
    String variable = options.get("password-env");
    String file = options.get("password-file");
    if (variable != null && file != null) {
      throw bad("found both 'password-env' and 'password-file'");
    }
    if (variable != null) {
      return new Secret.EnvSecret(variable);
    }
    return file != null ? new Secret.FileSecret(file) : new Secret.LiteralSecret("");
  }

  private static Tls tls(Map<String, String> options) {
    String mode = options.get("tls");
    Tls tls =
        new Tls(
            mode == null ? null : mode(mode),
            options.getOrDefault("tls.ca", ""),
            options.getOrDefault("tls.cert", ""),
            options.getOrDefault("tls.key", ""));
    if (!tls.ca().isEmpty() && !tls.verifies()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "found 'tls.ca' without a mode of TLS that looks at certificates",
          "add tls=verify-ca or tls=verify-identity, or remove it");
    }
    if (!tls.certificate().isEmpty() && !tls.usesOwnSockets()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "found 'tls.cert' without a mode of TLS that it goes with",
          "add tls=required, tls=verify-ca or tls=verify-identity, or remove it");
    }
    if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "'tls.cert' and 'tls.key' belong together; one of them is missing",
          "give both");
    }
    return tls;
  }

  private static Tls.Mode mode(String text) {
    try {
      return Tls.Mode.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION, "found 'tls' = '" + text + "'", MODES, e);
    }
  }

  private static String shown(URI url) {
    return url.getScheme() + "://" + url.getHost() + url.getPath();
  }

  private static DtsException bad(String found) {
    return new DtsException(DtsError.DEFINITION_BAD_OPTION, found, FORM);
  }
}
