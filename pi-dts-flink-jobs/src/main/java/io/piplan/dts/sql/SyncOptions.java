package io.piplan.dts.sql;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The options of one sync, checked, defaults filled in. {@link SyncOption} says what each means.
 *
 * @param parallelism empty for the default, see {@link #writers()}
 * @param heartbeatInterval zero for no heartbeat
 * @param heartbeatTable {@code database.table} at the source, or a table of the synced database;
 *     empty for the usual name
 * @param ddl empty if changes of tables are not followed
 * @param serverIds empty for the catalog's
 */
public record SyncOptions(
    String name,
    Startup startup,
    OptionalInt parallelism,
    Delivery delivery,
    ApplyTransactions applyTransactions,
    int applyBatchRows,
    Duration applyLinger,
    BadRows badRows,
    ZeroDates zeroDates,
    String rowVersion,
    Duration rowTombstones,
    BeforeImage verifyBeforeImage,
    TargetTables targetTables,
    TargetNotEmpty targetNotEmpty,
    List<String> appendOnlyTables,
    int copyChunkRows,
    CopyLimits copyLimits,
    Optional<ServerIds> serverIds,
    Duration checkpointInterval,
    Duration heartbeatInterval,
    Optional<String> heartbeatTable,
    Optional<DdlPolicy> ddl,
    SiteOptions sites,
    HiveOptions hive) {
  /** What a restart may repeat. */
  public enum Delivery {
    EXACTLY_ONCE,
    EXACTLY_ONCE_XA,
    AT_LEAST_ONCE
  }

  /** What a reader of the target sees of a source transaction. */
  public enum ApplyTransactions {
    ROW,
    SOURCE
  }

  /** What becomes of a row that the target refuses. */
  public enum BadRows {
    FAIL,
    DEAD_LETTER
  }

  /** What becomes of zero dates. */
  public enum ZeroDates {
    ERROR,
    NULL,
    KEEP
  }

  /** What to do when a target row is not what the source's row was before a change. */
  public enum BeforeImage {
    OFF,
    LOCK
  }

  /** Whether missing target tables are made. */
  public enum TargetTables {
    CREATE,
    EXISTING
  }

  /** What to do when a target table holds rows at a first start. */
  public enum TargetNotEmpty {
    REFUSE,
    UPSERT
  }

  private static final int DEFAULT_WRITERS = 2;
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.-]{1,64}");

  private static final Pattern HEARTBEAT_TABLE = Pattern.compile("([^.]+\\.)?pi_dts_[^.]+");

  public SyncOptions {
    appendOnlyTables = List.copyOf(appendOnlyTables);
  }

  /** How many writers there are, each in a task slot of its own. */
  public int writers() {
    return applyTransactions == ApplyTransactions.SOURCE ? 1 : parallelism.orElse(DEFAULT_WRITERS);
  }

  /** The options as far as they are written, the rest by default. */
  static SyncOptions parse(
      Map<String, OptionText> written, String defaultName, String what, SecretLookup secrets) {
    OptionReader reader = new OptionReader(written, allSpecs(), List.of(), what, secrets);
    Optional<Long> parallelism = reader.integer(SyncOption.PARALLELISM.spec(), 1, 128);
    return new SyncOptions(
        name(reader, defaultName),
        startup(reader),
        parallelism.isPresent()
            ? OptionalInt.of(Math.toIntExact(parallelism.get()))
            : OptionalInt.empty(),
        reader.choice(SyncOption.DELIVERY.spec(), Delivery.class).orElse(Delivery.EXACTLY_ONCE),
        applyTransactions(reader),
        count(reader, SyncOption.APPLY_BATCH_ROWS, 1, 1_000_000, 2000),
        reader.duration(SyncOption.APPLY_LINGER.spec()).orElse(Duration.ofMillis(20)),
        reader.choice(SyncOption.BAD_ROWS.spec(), BadRows.class).orElse(BadRows.FAIL),
        reader.choice(SyncOption.ZERO_DATES.spec(), ZeroDates.class).orElse(ZeroDates.ERROR),
        reader.text(SyncOption.ROW_VERSION.spec()).map(String::trim).orElse("auto"),
        positive(reader, SyncOption.ROW_TOMBSTONES.spec(), Duration.ofDays(7)),
        beforeImage(reader),
        reader
            .choice(SyncOption.TARGET_TABLES.spec(), TargetTables.class)
            .orElse(TargetTables.CREATE),
        reader
            .choice(SyncOption.TARGET_NOT_EMPTY.spec(), TargetNotEmpty.class)
            .orElse(TargetNotEmpty.REFUSE),
        reader.names(SyncOption.APPEND_ONLY_TABLES.spec()),
        count(reader, SyncOption.COPY_CHUNK_ROWS, 1, 10_000_000, 20_000),
        copyLimits(reader),
        serverIds(reader, SyncOption.SERVER_ID.spec()),
        positive(reader, SyncOption.CHECKPOINT_INTERVAL.spec(), Duration.ofSeconds(10)),
        reader.duration(SyncOption.HEARTBEAT_INTERVAL.spec()).orElse(Duration.ZERO),
        heartbeatTable(reader),
        ddl(reader),
        SiteOptions.parse(reader),
        HiveOptions.parse(reader));
  }

  private static List<OptionSpec> allSpecs() {
    List<OptionSpec> all = new ArrayList<>(SyncOption.specs());
    all.addAll(HiveOption.specs());
    return all;
  }

  private static Optional<DdlPolicy> ddl(OptionReader reader) {
    Optional<DdlAction> general = reader.choice(SyncOption.DDL.spec(), DdlAction.class);
    Map<DdlKind, DdlAction> named = new EnumMap<>(DdlKind.class);
    for (DdlKind kind : DdlKind.values()) {
      OptionSpec spec = SyncOption.valueOf("DDL_" + kind.name()).spec();
      reader.choice(spec, DdlAction.class).ifPresent(action -> named.put(kind, action));
    }
    return general.isEmpty() && named.isEmpty()
        ? Optional.empty()
        : Optional.of(DdlPolicy.of(general.orElse(null), named));
  }

  private static Optional<String> heartbeatTable(OptionReader reader) {
    OptionSpec spec = SyncOption.HEARTBEAT_TABLE.spec();
    Optional<String> table = reader.text(spec);
    if (table.isPresent() && !HEARTBEAT_TABLE.matcher(table.get()).matches()) {
      // By its name every sync knows that it is not to be copied.
      throw reader.bad(
          reader.written(spec).orElseThrow(),
          table.get(),
          "a table whose name begins with pi_dts_, perhaps with its database before it",
          "write it as 'pi_dts_heartbeat' or 'ops.pi_dts_heartbeat'");
    }
    return table;
  }

  private static CopyLimits copyLimits(OptionReader reader) {
    CopyLimits limits = CopyLimits.NONE;
    for (SyncOption option : SyncOption.values()) {
      Optional<CopyLimit> limit = CopyLimit.of(option.spec().name());
      Optional<String> value = reader.text(option.spec());
      if (limit.isPresent() && value.isPresent()) {
        try {
          limits = limits.with(limit.get(), value.get());
        } catch (IllegalArgumentException e) {
          throw reader.bad(
              reader.written(option.spec()).orElseThrow(),
              value.get(),
              limit.get().expected(),
              "write it in this form, or leave it out");
        }
      }
    }
    return limits;
  }

  private static String name(OptionReader reader, String defaultName) {
    Optional<String> name = reader.text(SyncOption.NAME.spec());
    if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
      throw reader.bad(
          reader.written(SyncOption.NAME.spec()).orElseThrow(),
          name.get(),
          "letters, digits, _, - and ., at most 64",
          "give the sync a short name such as '" + defaultName + "'");
    }
    return name.orElse(defaultName);
  }

  private static ApplyTransactions applyTransactions(OptionReader reader) {
    OptionSpec spec = SyncOption.APPLY_TRANSACTIONS.spec();
    ApplyTransactions chosen =
        reader.choice(spec, ApplyTransactions.class).orElse(ApplyTransactions.ROW);
    Optional<Delivery> delivery = reader.choice(SyncOption.DELIVERY.spec(), Delivery.class);
    if (chosen == ApplyTransactions.SOURCE
        && delivery.equals(Optional.of(Delivery.EXACTLY_ONCE_XA))) {
      throw reader.bad(
          reader.written(spec).orElseThrow(),
          "source",
          "row with 'delivery' = 'exactly-once-xa': a checkpoint may cut a source transaction",
          "choose one of the two; 'delivery' = 'exactly-once' keeps source transactions whole");
    }
    return chosen;
  }

  private static BeforeImage beforeImage(OptionReader reader) {
    OptionSpec spec = SyncOption.VERIFY_BEFORE_IMAGE.spec();
    BeforeImage chosen = reader.choice(spec, BeforeImage.class).orElse(BeforeImage.OFF);
    Optional<Delivery> delivery = reader.choice(SyncOption.DELIVERY.spec(), Delivery.class);
    if (chosen == BeforeImage.LOCK && delivery.equals(Optional.of(Delivery.AT_LEAST_ONCE))) {
      throw reader.bad(
          reader.written(spec).orElseThrow(),
          "lock",
          "off with 'delivery' = 'at-least-once': a change that is repeated finds its own work",
          "choose one of the two; 'delivery' = 'exactly-once' repeats nothing");
    }
    return chosen;
  }

  private static int count(
      OptionReader reader, SyncOption option, long min, long max, int otherwise) {
    return reader.integer(option.spec(), min, max).map(Math::toIntExact).orElse(otherwise);
  }

  static Duration positive(OptionReader reader, OptionSpec option, Duration otherwise) {
    Duration duration = reader.duration(option).orElse(otherwise);
    if (duration.isZero()) {
      throw reader.bad(
          reader.written(option).orElseThrow(), "0", "a duration above zero", "write it as '10 s'");
    }
    return duration;
  }

  static Optional<ServerIds> serverIds(OptionReader reader, OptionSpec spec) {
    Optional<String> text = reader.text(spec);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ServerIds.parse(text.get()));
    } catch (IllegalArgumentException e) {
      throw reader.bad(
          reader.written(spec).orElseThrow(),
          text.get(),
          "a server id or a range of them, from 1 to 4294967295",
          "write it as '5400' or '5400-5408'");
    }
  }

  static Startup startup(OptionReader reader) {
    Startup.Mode mode =
        reader
            .choice(SyncOption.STARTUP_MODE.spec(), Startup.Mode.class)
            .orElse(Startup.Mode.INITIAL);
    String file = reader.text(SyncOption.STARTUP_FILE.spec()).orElse(null);
    long position =
        reader.integer(SyncOption.STARTUP_POSITION.spec(), 4, Long.MAX_VALUE).orElse(4L);
    String gtids = reader.text(SyncOption.STARTUP_GTID_SET.spec()).orElse(null);
    long millis =
        reader.integer(SyncOption.STARTUP_TIMESTAMP.spec(), 0, Long.MAX_VALUE).orElse(-1L);
    // Flink CDC has no mode of its own for GTIDs: there they are a specific offset.
    if (mode == Startup.Mode.SPECIFIC_OFFSET && file == null && gtids != null) {
      mode = Startup.Mode.GTID;
    }
    switch (mode) {
      case SPECIFIC_OFFSET -> need(reader, file != null, SyncOption.STARTUP_FILE);
      case GTID -> need(reader, gtids != null, SyncOption.STARTUP_GTID_SET);
      case TIMESTAMP -> need(reader, millis >= 0, SyncOption.STARTUP_TIMESTAMP);
      default -> {}
    }
    unused(reader, mode == Startup.Mode.SPECIFIC_OFFSET, SyncOption.STARTUP_FILE);
    unused(reader, mode == Startup.Mode.SPECIFIC_OFFSET, SyncOption.STARTUP_POSITION);
    unused(reader, mode == Startup.Mode.GTID, SyncOption.STARTUP_GTID_SET);
    unused(reader, mode == Startup.Mode.TIMESTAMP, SyncOption.STARTUP_TIMESTAMP);
    return new Startup(mode, file, position, gtids, Math.max(0, millis));
  }

  private static void need(OptionReader reader, boolean given, SyncOption option) {
    if (!given) {
      OptionText mode = reader.written(SyncOption.STARTUP_MODE.spec()).orElseThrow();
      throw mode.valueError(
          DtsError.DEFINITION_BAD_OPTION,
          "'scan.startup.mode' = '" + mode.raw() + "' needs '" + option.spec().name() + "' too",
          "add '" + option.spec().name() + "' = '…'");
    }
  }

  private static void unused(OptionReader reader, boolean used, SyncOption option) {
    Optional<OptionText> written = reader.written(option.spec());
    if (!used && written.isPresent()) {
      throw unusedError(written.get());
    }
  }

  private static DtsException unusedError(OptionText option) {
    return option.nameError(
        DtsError.DEFINITION_BAD_OPTION,
        "'" + option.name() + "' does not go with this 'scan.startup.mode'",
        "remove it, or set 'scan.startup.mode' to the mode it belongs to");
  }
}
