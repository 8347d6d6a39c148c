package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Tls;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/**
 * A catalog's options, checked.
 *
 * @param server how to connect; its password is read when it connects
 * @param defaultDatabase what Flink calls the default database: a MySQL database or a PostgreSQL
 *     schema; empty if none was given for MySQL
 * @param properties {@code debezium.*} options, without the prefix; nothing reads them
 */
public record CatalogSettings(
    CatalogType type,
    DatabaseServer server,
    Optional<String> defaultDatabase,
    Optional<ServerIds> serverIds,
    ZoneId serverTimeZone,
    Map<String, String> properties) {
  public CatalogSettings {
    properties = Map.copyOf(properties);
  }

  /** Reads options that Flink parsed. */
  public static CatalogSettings of(
      String name, CatalogType type, Map<String, String> options, SecretLookup secrets) {
    WrittenOptions written = WrittenOptions.of(name, options);
    return parse(type, written.options(), written.place(), written.source(), secrets);
  }

  static CatalogSettings parse(
      CatalogType type,
      Map<String, OptionText> written,
      Token at,
      SourceText source,
      SecretLookup secrets) {
    return type == CatalogType.HIVE
        ? hive(written, at, source, secrets)
        : database(type, written, at, source, secrets);
  }

  private static CatalogSettings hive(
      Map<String, OptionText> written, Token at, SourceText source, SecretLookup secrets) {
    return new CatalogSettings(
        CatalogType.HIVE,
        HiveCatalogOption.server(written, at, source, secrets),
        Optional.of(HiveCatalogOption.defaultDatabase(written, secrets)),
        Optional.empty(),
        ZoneId.of("UTC"),
        Map.of());
  }

  private static CatalogSettings database(
      CatalogType type,
      Map<String, OptionText> written,
      Token at,
      SourceText source,
      SecretLookup secrets) {
    OptionReader reader =
        new OptionReader(
            written,
            CatalogOption.specs(),
            CatalogOption.PREFIXES,
            "a catalog of type '" + type.identifier() + "'",
            secrets);
    String host = required(reader, CatalogOption.HOSTNAME, at, source);
    String user = required(reader, CatalogOption.USERNAME, at, source);
    if (host.contains(",") && type != CatalogType.MYSQL) {
      throw reader.bad(
          reader.written(CatalogOption.HOSTNAME.spec()).orElseThrow(),
          host,
          "one host",
          "several hosts go with 'pi-mysql' only");
    }
    int port =
        reader
            .integer(CatalogOption.PORT.spec(), 1, 65535)
            .map(Math::toIntExact)
            .orElse(type.defaultPort());
    OptionText password =
        reader
            .written(CatalogOption.PASSWORD.spec())
            .orElseThrow(() -> missing(CatalogOption.PASSWORD.spec(), at, source));
    // Read once now: a missing one is found here, where its place in the definition is known.
    password.resolve(secrets);
    Map<String, String> jdbc = reader.prefixed("jdbc.properties.");
    Optional<String> database = reader.text(CatalogOption.DEFAULT_DATABASE.spec());
    Tls tls = tls(reader);
    DatabaseServer server =
        switch (type) {
          case MYSQL ->
              new MySqlServer(host, port, user, secrets.secretOf(password.raw()), jdbc, tls);
          case POSTGRES ->
              new PostgresServer(
                  host,
                  port,
                  database.orElse("postgres"),
                  user,
                  secrets.secretOf(password.raw()),
                  jdbc,
                  tls);
          case HIVE -> throw new IllegalStateException("not a database");
        };
    return new CatalogSettings(
        type,
        server,
        type == CatalogType.MYSQL
            ? database
            : Optional.of(reader.text(CatalogOption.DEFAULT_SCHEMA.spec()).orElse("public")),
        SyncOptions.serverIds(reader, CatalogOption.SERVER_ID.spec()),
        zone(reader),
        reader.prefixed("debezium."));
  }

  private static Tls tls(OptionReader reader) {
    Tls.Mode mode = reader.choice(CatalogOption.TLS.spec(), Tls.Mode.class).orElse(null);
    Tls tls =
        new Tls(
            mode,
            reader.text(CatalogOption.TLS_CA.spec()).orElse(""),
            reader.text(CatalogOption.TLS_CERT.spec()).orElse(""),
            reader.text(CatalogOption.TLS_KEY.spec()).orElse(""));
    need(reader, CatalogOption.TLS_CA, tls.verifies(), "verify-ca or verify-identity");
    need(
        reader,
        CatalogOption.TLS_CERT,
        tls.usesOwnSockets(),
        "required, verify-ca or verify-identity");
    need(reader, CatalogOption.TLS_KEY, !tls.certificate().isEmpty(), null);
    need(reader, CatalogOption.TLS_CERT, !tls.key().isEmpty(), null);
    return tls;
  }

  /**
   * @param modes those of TLS with which the option goes; null if it is the other file that is
   *     missing
   */
  private static void need(OptionReader reader, CatalogOption option, boolean goes, String modes) {
    Optional<OptionText> written = reader.written(option.spec());
    if (written.isPresent() && !goes) {
      throw written
          .get()
          .nameError(
              DtsError.DEFINITION_BAD_OPTION,
              modes == null
                  ? "'tls.cert' and 'tls.key' belong together; one of them is missing"
                  : "'" + option.spec().name() + "' goes with 'tls' = " + modes,
              modes == null ? "give both" : "set 'tls', or remove it");
    }
  }

  private static ZoneId zone(OptionReader reader) {
    Optional<String> zone = reader.text(CatalogOption.SERVER_TIME_ZONE.spec());
    try {
      return ZoneId.of(zone.orElse("UTC"));
    } catch (DateTimeException e) {
      throw reader.bad(
          reader.written(CatalogOption.SERVER_TIME_ZONE.spec()).orElseThrow(),
          zone.orElseThrow(),
          "a time zone",
          "write it as 'UTC', '+08:00' or 'Asia/Shanghai'");
    }
  }

  private static String required(
      OptionReader reader, CatalogOption option, Token at, SourceText source) {
    return reader.text(option.spec()).orElseThrow(() -> missing(option.spec(), at, source));
  }

  static DtsException missing(OptionSpec option, Token at, SourceText source) {
    String name = option.name();
    return source.error(
        DtsError.DEFINITION_BAD_OPTION,
        at.start(),
        at.end(),
        "this catalog has no '" + name + "'",
        "add '" + name + "' = '…' to its WITH");
  }
}
