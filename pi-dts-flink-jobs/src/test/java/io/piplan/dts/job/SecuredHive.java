package io.piplan.dts.job;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.HivePasswords;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A Hive in which all connections are encrypted, users have passwords, and HiveServer2 checks
 * rights by SQL's standard. Its certificates are for {@code localhost}.
 */
final class SecuredHive implements AutoCloseable {
  static final String ADMIN = "admin";
  static final String SYNC = "sync";
  static final String READER = "reader";

  private final Path folder;
  private final Path trusted;
  private final Path untrusted;
  private final Map<String, String> passwords =
      Map.of(ADMIN, secret(), SYNC, secret(), READER, secret());
  private final EmbeddedHive hive;

  /**
   * @param folder for certificates and passwords
   */
  SecuredHive(Path folder) throws Exception {
    this.folder = folder;
    Certificates certificates = new Certificates(folder);
    certificates.authority("ca");
    certificates.authority("other");
    certificates.keyOf("server");
    certificates.sign("ca", "server", "server", "-ext", "san=dns:localhost");
    Path keys = certificates.keyStore("server", "ca", "server");
    trusted = certificates.trustStore("ca");
    untrusted = certificates.trustStore("other");
    for (Map.Entry<String, String> user : passwords.entrySet()) {
      Files.writeString(folder.resolve(user.getKey()), user.getValue());
    }
    Files.writeString(folder.resolve("trust"), Certificates.PASSWORD);
    Map<String, String> settings = new HashMap<>(encryption(keys));
    settings.putAll(rights());
    settings.put("hive.server2.authentication", "CUSTOM");
    settings.put("hive.server2.custom.authentication.class", HivePasswords.class.getName());
    passwords.forEach((user, password) -> settings.put("pi.password." + user, password));
    hive = EmbeddedHive.start(settings);
  }

  private static String secret() {
    return UUID.randomUUID().toString();
  }

  private Map<String, String> encryption(Path keys) {
    Map<String, String> settings = new HashMap<>();
    settings.put("hive.server2.use.SSL", "true");
    settings.put("hive.server2.keystore.path", keys.toString());
    settings.put("hive.server2.keystore.password", Certificates.PASSWORD);
    settings.put("hive.metastore.use.SSL", "true");
    settings.put("hive.metastore.keystore.path", keys.toString());
    settings.put("hive.metastore.keystore.password", Certificates.PASSWORD);
    // HiveServer2 is a client of the metastore too.
    settings.put("hive.metastore.truststore.path", trusted.toString());
    settings.put("hive.metastore.truststore.password", Certificates.PASSWORD);
    return settings;
  }

  private static Map<String, String> rights() {
    String plugins = "org.apache.hadoop.hive.ql.security.";
    return Map.of(
        "hive.security.authorization.enabled",
        "true",
        "hive.security.authorization.manager",
        plugins + "authorization.plugin.sqlstd.SQLStdHiveAuthorizerFactory",
        "hive.security.authenticator.manager",
        plugins + "SessionStateUserAuthenticator",
        "hive.users.in.admin.role",
        ADMIN);
  }

  /** What a definition's catalog is made of: what a test makes different differs. */
  record Access(String metastore, String server, String trust, String serverTrust, String user) {
    /** Who is trusted by connections to the metastore; empty for no TLS. */
    Access trust(String other) {
      return new Access(metastore, server, other, serverTrust, user);
    }

    /** Who is trusted by connections to HiveServer2; empty for no TLS. */
    Access serverTrust(String other) {
      return new Access(metastore, server, trust, other, user);
    }

    /** With the password of another. */
    Access user(String other) {
      return new Access(metastore, server, trust, serverTrust, other);
    }
  }

  Access access() {
    return new Access(
        hive.metastoreUri().replace("127.0.0.1", "localhost"),
        "localhost:" + hive.serverPort(),
        trusted.toString(),
        trusted.toString(),
        SYNC);
  }

  /** A store of an authority that signed nothing here. */
  String untrusted() {
    return untrusted.toString();
  }

  /** Named {@code h}; all secrets are references. */
  String catalog(Access access) {
    StringBuilder more = new StringBuilder();
    if (!access.trust().isEmpty()) {
      more.append(
          ", 'conf.hive.metastore.use.SSL' = 'true', 'conf.hive.metastore.truststore.path' = '%s', 'conf.hive.metastore.truststore.password' = '${file:%s}'"
              .formatted(access.trust(), folder.resolve("trust")));
    }
    hive.clientSettings()
        .forEach((key, value) -> more.append(", 'conf.%s' = '%s'".formatted(key, value)));
    String tls =
        access.serverTrust().isEmpty()
            ? ""
            : ";ssl=true;sslTrustStore=%s;trustStorePassword=${file:%s}"
                .formatted(access.serverTrust(), folder.resolve("trust"));
    return "CREATE CATALOG h WITH ('type' = 'pi-hive', 'metastore-uri' = '%s', 'hiveserver2-url' = 'jdbc:hive2://%s/default%s', 'username' = '%s', 'password' = '${file:%s}'%s);\n"
        .formatted(
            access.metastore(), access.server(), tls, SYNC, folder.resolve(access.user()), more);
  }

  /** The sync's own way, for a compaction by hand. */
  HiveServer server() {
    Map<String, Secret> conf = new HashMap<>();
    conf.put("hive.metastore.use.SSL", new Secret.LiteralSecret("true"));
    conf.put("hive.metastore.truststore.path", new Secret.LiteralSecret(trusted.toString()));
    conf.put("hive.metastore.truststore.password", file("trust"));
    hive.clientSettings().forEach((key, value) -> conf.put(key, new Secret.LiteralSecret(value)));
    return new HiveServer(access().metastore(), url("default"), SYNC, file(SYNC), "", conf);
  }

  private Secret file(String name) {
    return new Secret.FileSecret(folder.resolve(name).toString());
  }

  private String url(String database) {
    return "jdbc:hive2://localhost:%d/%s;ssl=true;sslTrustStore=%s;trustStorePassword=%s"
        .formatted(hive.serverPort(), database, trusted, Certificates.PASSWORD);
  }

  Connection connect(String user, String database) throws SQLException {
    return DriverManager.getConnection(url(database), user, passwords.get(user));
  }

  /** Runs statements as the role that may do everything. */
  void administer(String... statements) throws SQLException {
    try (Connection connection = connect(ADMIN, "default");
        Statement statement = connection.createStatement()) {
      statement.execute("SET ROLE ADMIN");
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public void close() {
    hive.close();
  }
}
