package io.piplan.dts.sql;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.HiveServer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every option of a catalog of type {@code pi-hive}. */
enum HiveCatalogOption {
  TYPE(OptionSpec.of("type", OptionType.TEXT, "", "`pi-hive`.")),
  METASTORE(
      OptionSpec.of(
          "metastore-uri",
          OptionType.TEXT,
          "",
          "Where the metastore is, `thrift://host:9083`; several with commas between.")),
  SERVER(
      OptionSpec.of(
          "hiveserver2-url",
          OptionType.TEXT,
          "",
          "Where HiveServer2 is, `jdbc:hive2://host:10000/`, with what hive-jdbc takes behind"
              + " it.")),
  USERNAME(
      OptionSpec.of(
          "username",
          OptionType.TEXT,
          "`hive`",
          "The user that files belong to and that logs in to HiveServer2.")),
  PASSWORD(
      OptionSpec.of(
          "password",
          OptionType.SECRET,
          "none",
          "Its password. Write a reference, `${NAME}` or `${file:/path}`.")),
  DEFAULT_DATABASE(
      OptionSpec.of(
          "default-database",
          OptionType.TEXT,
          "`default`",
          "The database that unqualified names mean.")),
  CONF_FOLDER(
      OptionSpec.of(
          "conf-dir",
          OptionType.TEXT,
          "",
          "A folder with core-site.xml, hdfs-site.xml and hive-site.xml, on every machine that runs"
              + " the sync."));

  /** Properties of Hadoop and Hive, as they are. */
  static final String CONF_PREFIX = "conf.";

  // A record of strings and unmodifiable lists is immutable, though nothing declares it.
  @SuppressWarnings("ImmutableEnumChecker")
  private final OptionSpec spec;

  HiveCatalogOption(OptionSpec spec) {
    this.spec = spec;
  }

  OptionSpec spec() {
    return spec;
  }

  static List<OptionSpec> specs() {
    return Arrays.stream(values()).map(HiveCatalogOption::spec).toList();
  }

  /** The server that a catalog's options describe. */
  static HiveServer server(
      Map<String, OptionText> written, Token at, SourceText source, SecretLookup secrets) {
    OptionReader reader =
        new OptionReader(
            written, specs(), List.of(CONF_PREFIX), "a catalog of type 'pi-hive'", secrets);
    String metastore = required(reader, METASTORE, at, source);
    if (!metastore.matches("thrift://[^,/]+(,thrift://[^,/]+)*")) {
      throw reader.bad(
          reader.written(METASTORE.spec()).orElseThrow(),
          metastore,
          "thrift://host:port",
          "write it as 'thrift://hive.example.com:9083'");
    }
    String url = required(reader, SERVER, at, source);
    if (!url.startsWith("jdbc:hive2://")) {
      throw reader.bad(
          reader.written(SERVER.spec()).orElseThrow(),
          url,
          "a URL of hive-jdbc",
          "write it as 'jdbc:hive2://hive.example.com:10000/'");
    }
    Map<String, Secret> conf = new LinkedHashMap<>();
    for (OptionText option : written.values()) {
      if (option.name().startsWith(CONF_PREFIX)) {
        // Read once now: a missing one is found here, where its place in the definition is known.
        option.resolve(secrets);
        conf.put(option.name().substring(CONF_PREFIX.length()), secrets.secretOf(option.raw()));
      }
    }
    return new HiveServer(
        metastore,
        url,
        reader.text(USERNAME.spec()).orElse("hive"),
        password(reader, secrets),
        reader.text(CONF_FOLDER.spec()).orElse(""),
        conf);
  }

  private static Secret password(OptionReader reader, SecretLookup secrets) {
    OptionText password = reader.written(PASSWORD.spec()).orElse(null);
    if (password == null) {
      return new Secret.LiteralSecret("");
    }
    password.resolve(secrets);
    return secrets.secretOf(password.raw());
  }

  private static String required(
      OptionReader reader, HiveCatalogOption option, Token at, SourceText source) {
    return reader
        .text(option.spec)
        .orElseThrow(() -> CatalogSettings.missing(option.spec, at, source));
  }

  /** Of catalogs whose type is written there. */
  static String defaultDatabase(Map<String, OptionText> written, SecretLookup secrets) {
    OptionText database = written.get(DEFAULT_DATABASE.spec.name());
    return database == null ? "default" : database.resolve(secrets);
  }
}
