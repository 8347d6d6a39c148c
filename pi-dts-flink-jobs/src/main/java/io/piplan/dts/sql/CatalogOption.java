package io.piplan.dts.sql;

import java.util.Arrays;
import java.util.List;

/** Every option of CREATE CATALOG for the types {@code pi-mysql} and {@code pi-postgres}. */
public enum CatalogOption {
  TYPE(
      OptionSpec.choice(
          "type", "", List.of("pi-mysql", "pi-postgres"), "Which kind of server it is.")),
  HOSTNAME(
      OptionSpec.of(
          "hostname",
          OptionType.TEXT,
          "",
          "Host name or address of the server. The source of a SYNC may have several, `a, b:3307`: it"
              + " starts with the first that may be written, else with the first that answers.")),
  PORT(OptionSpec.of("port", OptionType.INTEGER, "3306, 5432", "Its port.")),
  USERNAME(OptionSpec.of("username", OptionType.TEXT, "", "The user to log in as.")),
  PASSWORD(
      OptionSpec.of(
          "password",
          OptionType.SECRET,
          "",
          "Its password. Write a reference, `${NAME}` or `${file:/path}`.")),
  DEFAULT_DATABASE(
      OptionSpec.of(
              "default-database",
              OptionType.TEXT,
              "none, `postgres`",
              "MySQL: the database that unqualified names mean. PostgreSQL: the database to connect"
                  + " to, whose schemas the catalog shows as databases.")
          .alias("database-name")),
  DEFAULT_SCHEMA(
      OptionSpec.of(
          "default-schema",
          OptionType.TEXT,
          "`public`",
          "PostgreSQL: the schema that unqualified names mean.")),
  SERVER_ID(
      OptionSpec.of(
          "server-id",
          OptionType.TEXT,
          "a free one",
          "MySQL: replication id for reading the binlog, `5400` or a range `5400-5408`.")),
  SERVER_TIME_ZONE(
      OptionSpec.of(
          "server-time-zone",
          OptionType.TEXT,
          "`UTC`",
          "MySQL: the zone in which a TIMESTAMP column is read into a Flink `TIMESTAMP` (without"
              + " zone). `TIMESTAMP_LTZ` does not need it.")),
  TLS(
      OptionSpec.choice(
          "tls",
          "preferred; disabled for MySQL on this machine",
          List.of("disabled", "preferred", "required", "verify-ca", "verify-identity"),
          "Encryption. `preferred` and `required` do not say who the server is; `verify-ca` wants a"
              + " certificate that `tls.ca` has signed, `verify-identity` one for `hostname` too.")),
  TLS_CA(
      OptionSpec.of(
          "tls.ca",
          OptionType.TEXT,
          "those that Java trusts",
          "File of the certificates (PEM) by which the server's must be signed.")),
  TLS_CERT(
      OptionSpec.of(
          "tls.cert",
          OptionType.TEXT,
          "none",
          "File of the sync's own certificate (PEM), for servers that want one.")),
  TLS_KEY(
      OptionSpec.of(
          "tls.key",
          OptionType.TEXT,
          "none",
          "File of its key (PEM, not encrypted; keep it readable for the sync's user only)."));

  /** Options of the drivers, passed on as they are, and of Flink CDC, which have no effect. */
  static final List<String> PREFIXES = List.of("jdbc.properties.", "debezium.");

  // A record of strings and unmodifiable lists is immutable, though nothing declares it.
  @SuppressWarnings("ImmutableEnumChecker")
  private final OptionSpec spec;

  CatalogOption(OptionSpec spec) {
    this.spec = spec;
  }

  public OptionSpec spec() {
    return spec;
  }

  static List<OptionSpec> specs() {
    return Arrays.stream(values()).map(CatalogOption::spec).toList();
  }
}
