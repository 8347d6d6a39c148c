package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseServer;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of one Flink table of ours, {@code CREATE TABLE … WITH ('connector' = 'pi-mysql',
 * …)}: where the table is, and how to read it.
 *
 * @param database the MySQL database or PostgreSQL schema; for a source perhaps a pattern
 * @param table the table; for a source perhaps a pattern, as in Flink CDC
 */
public record TableSettings(
    DatabaseServer server, String database, String table, ScanSettings scan) {
  private static final OptionSpec CONNECTOR =
      OptionSpec.of("connector", OptionType.TEXT, "", "`pi-mysql` or `pi-postgres`.");
  private static final OptionSpec DATABASE_NAME =
      OptionSpec.of("database-name", OptionType.TEXT, "", "The database the table is in.");
  private static final OptionSpec SCHEMA_NAME =
      OptionSpec.of("schema-name", OptionType.TEXT, "`public`", "PostgreSQL: the schema it is in.");
  private static final OptionSpec TABLE_NAME =
      OptionSpec.of("table-name", OptionType.TEXT, "", "The table.");
  private static final String DEBEZIUM = "debezium.";

  /**
   * How a source reads.
   *
   * @param zeroDatesAreNull what becomes of zero dates: NULL, else an error
   * @param ineffective options that are taken, since Flink CDC has them, and that nothing reads
   */
  public record ScanSettings(
      Startup startup,
      Optional<ServerIds> serverIds,
      ZoneId serverTimeZone,
      boolean zeroDatesAreNull,
      List<String> ineffective) {
    public ScanSettings {
      ineffective = List.copyOf(ineffective);
    }

    /** Options that may stand in a hint behind a catalog's table. */
    static List<OptionSpec> specs() {
      return List.of(
          SyncOption.STARTUP_MODE.spec(),
          SyncOption.STARTUP_FILE.spec(),
          SyncOption.STARTUP_POSITION.spec(),
          SyncOption.STARTUP_GTID_SET.spec(),
          SyncOption.STARTUP_TIMESTAMP.spec(),
          SyncOption.ZERO_DATES.spec(),
          CatalogOption.SERVER_ID.spec());
    }
  }

  /**
   * Reads the options of a table that stands alone and is read.
   *
   * @param name what messages call it
   * @param flinkCdc options that Flink CDC knows: taken, of effect or not
   */
  public static TableSettings ofSource(
      String name, Map<String, String> options, Collection<String> flinkCdc, SecretLookup secrets) {
    return of(CatalogType.MYSQL, WrittenOptions.of(name, options), flinkCdc, secrets);
  }

  /**
   * Reads the options of a table that stands alone and is written to.
   *
   * @param name what messages call it
   * @param flinkCdc options that Flink CDC knows: what of them is for reading is refused
   */
  public static TableSettings ofSink(
      String name,
      CatalogType type,
      Map<String, String> options,
      Collection<String> flinkCdc,
      SecretLookup secrets) {
    WrittenOptions written = WrittenOptions.of(name, options);
    List<String> forReading = new ArrayList<>(flinkCdc);
    ScanSettings.specs().forEach(spec -> forReading.add(spec.name()));
    forReading.removeAll(List.of(DATABASE_NAME.name(), TABLE_NAME.name()));
    CatalogOption.specs().forEach(spec -> forReading.remove(spec.name()));
    forReading.add(CatalogOption.SERVER_ID.spec().name());
    forReading.add(CatalogOption.SERVER_TIME_ZONE.spec().name());
    for (OptionText option : written.options().values()) {
      if (forReading.contains(option.name()) || option.name().startsWith(DEBEZIUM)) {
        throw option.nameError(
            DtsError.DEFINITION_UNKNOWN_OPTION,
            "a table that is written to has no option '"
                + option.name()
                + "', which is for reading",
            "take it out; a table that is read as well needs a CREATE TABLE of its own for that");
      }
    }
    return of(type, written, List.of(), secrets);
  }

  private static TableSettings of(
      CatalogType type, WrittenOptions written, Collection<String> flinkCdc, SecretLookup secrets) {
    Map<String, OptionText> own = new LinkedHashMap<>(written.options());
    OptionText table = take(own, TABLE_NAME, written);
    OptionText schema = own.remove(SCHEMA_NAME.name());
    own.remove(CONNECTOR.name());
    Map<String, OptionText> scan = new LinkedHashMap<>();
    List<String> scanNames = new ArrayList<>(flinkCdc);
    ScanSettings.specs().forEach(spec -> scanNames.add(spec.name()));
    List<String> connectionNames = CatalogOption.specs().stream().map(OptionSpec::name).toList();
    own.values()
        .removeIf(
            option -> {
              boolean isScan =
                  scanNames.contains(option.name())
                      && !connectionNames.contains(option.name())
                      && !option.name().equals(DATABASE_NAME.name());
              if (isScan || option.name().equals("server-id")) {
                scan.put(option.name(), option);
              }
              return isScan;
            });
    if (type == CatalogType.MYSQL) {
      need(own, DATABASE_NAME, written);
    }
    CatalogSettings catalog =
        CatalogSettings.parse(type, own, written.place(), written.source(), secrets);
    return new TableSettings(
        catalog.server(),
        schema == null ? catalog.defaultDatabase().orElseThrow() : schema.resolve(secrets),
        table.resolve(secrets),
        scan(scan, ineffective(scan, catalog), catalog, secrets));
  }

  private static List<String> ineffective(Map<String, OptionText> scan, CatalogSettings catalog) {
    List<String> names = new ArrayList<>(scan.keySet());
    ScanSettings.specs().forEach(spec -> names.remove(spec.name()));
    catalog.properties().keySet().forEach(name -> names.add(DEBEZIUM + name));
    Collections.sort(names);
    return names;
  }

  /** Reads the options in a hint behind a catalog's table. */
  public static ScanSettings ofHint(
      String name, Map<String, String> options, CatalogSettings catalog, SecretLookup secrets) {
    return scan(WrittenOptions.of(name, options).options(), List.of(), catalog, secrets);
  }

  private static ScanSettings scan(
      Map<String, OptionText> options,
      List<String> ineffective,
      CatalogSettings catalog,
      SecretLookup secrets) {
    List<OptionSpec> known = new ArrayList<>(ScanSettings.specs());
    ineffective.forEach(name -> known.add(OptionSpec.of(name, OptionType.TEXT, "", "")));
    OptionReader reader = new OptionReader(options, known, List.of(), "this table", secrets);
    Optional<ServerIds> ids = SyncOptions.serverIds(reader, CatalogOption.SERVER_ID.spec());
    return new ScanSettings(
        SyncOptions.startup(reader),
        ids.or(catalog::serverIds),
        catalog.serverTimeZone(),
        zeroDatesAreNull(reader),
        ineffective);
  }

  private static boolean zeroDatesAreNull(OptionReader reader) {
    OptionSpec spec = SyncOption.ZERO_DATES.spec();
    SyncOptions.ZeroDates policy =
        reader.choice(spec, SyncOptions.ZeroDates.class).orElse(SyncOptions.ZeroDates.ERROR);
    if (policy == SyncOptions.ZeroDates.KEEP) {
      throw reader.bad(
          reader.written(spec).orElseThrow(),
          "keep",
          "error or null, as Flink's dates cannot be zero",
          "use SYNC to a MySQL target, which keeps them");
    }
    return policy == SyncOptions.ZeroDates.NULL;
  }

  private static void need(
      Map<String, OptionText> options, OptionSpec spec, WrittenOptions written) {
    if (!options.containsKey(spec.name())) {
      throw missing(spec, written);
    }
  }

  private static OptionText take(
      Map<String, OptionText> options, OptionSpec spec, WrittenOptions written) {
    need(options, spec, written);
    return options.remove(spec.name());
  }

  private static DtsException missing(OptionSpec spec, WrittenOptions written) {
    return written
        .source()
        .error(
            DtsError.DEFINITION_BAD_OPTION,
            0,
            4,
            "the table has no '" + spec.name() + "'",
            "add '" + spec.name() + "' = '…' to its WITH");
  }
}
