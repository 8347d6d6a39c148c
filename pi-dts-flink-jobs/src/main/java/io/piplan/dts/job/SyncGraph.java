package io.piplan.dts.job;

import io.piplan.dts.LaneGroups;
import io.piplan.dts.Lanes;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamElement;
import io.piplan.dts.apply.GuardOptions;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.MySqlTarget;
import io.piplan.dts.apply.PostgresTarget;
import io.piplan.dts.apply.Target;
import io.piplan.dts.apply.WriterOptions;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.copy.CopyTables;
import io.piplan.dts.copy.LiveCopyTables;
import io.piplan.dts.copy.LiveCopyTables.RowTests;
import io.piplan.dts.ddl.TableTrackingOptions;
import io.piplan.dts.ddl.TargetTableTracking;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.flink.ApplyOperator;
import io.piplan.dts.flink.BinlogOptions;
import io.piplan.dts.flink.BinlogRouter;
import io.piplan.dts.flink.BinlogSource;
import io.piplan.dts.flink.CopyOptions;
import io.piplan.dts.flink.CopySource;
import io.piplan.dts.flink.ResyncSource;
import io.piplan.dts.flink.RowConditions;
import io.piplan.dts.flink.StreamElementTypeInfo;
import io.piplan.dts.flink.WriterPartitioner;
import io.piplan.dts.hive.HiveTarget;
import io.piplan.dts.hive.HiveTextTarget;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.resync.ResyncOptions;
import io.piplan.dts.schema.LiveSchemaProvider;
import io.piplan.dts.sql.SyncOptions;
import io.piplan.dts.sql.SyncOptions.ApplyTransactions;
import io.piplan.dts.sql.SyncOptions.BadRows;
import io.piplan.dts.sql.SyncOptions.BeforeImage;
import io.piplan.dts.sql.SyncOptions.Delivery;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The Flink job of one sync:
 *
 * <pre>
 * binlog ─► conditions ─► route ─┐
 * copy × parallelism ────────────┼─► apply × parallelism
 * again × parallelism ───────────┘
 * </pre>
 *
 * <p>Operator ids are fixed, so that a savepoint of one version finds its operators in the next.
 */
final class SyncGraph {
  private static final int RECENT_CHANGES = 300_000;
  private static final long HELD_BYTES = 32L << 20;

  private final SyncPlan plan;
  private final SchemaProvider schemas;
  private final LaneGroups lanes;

  /** Null if the sync stops at changes of tables. */
  private final TrackedTables tracked;

  SyncGraph(SyncPlan plan) {
    this.plan = plan;
    this.tracked = plan.options().ddl().isEmpty() ? null : tracked(plan);
    this.schemas =
        tracked == null
            ? new LiveSchemaProvider(plan.source(), plan.names().declaredKeys())
            : tracked;
    this.lanes = tracked == null ? lanes(plan) : tracked;
  }

  /** What Hive keeps of a sync has no place for tables that come later. */
  private static LaneGroups lanes(SyncPlan plan) {
    return plan.target() instanceof HiveServer
        ? plan.lanes()
        : plan.lanes()
            .keeping(new StoredLateLanes(plan.target(), plan.targetSchema(), plan.name()));
  }

  private static TrackedTables tracked(SyncPlan plan) {
    return plan.target() instanceof HiveServer hive
        ? new TrackedTables(texts(plan, hive), plan.name(), plan.names())
        : new TrackedTables(plan.target(), plan.targetSchema(), plan.name(), plan.names());
  }

  static HiveTextTarget texts(SyncPlan plan, HiveServer hive) {
    return new HiveTextTarget(hive, plan.targetSchema(), plan.name(), plan.options().hive());
  }

  void build(StreamExecutionEnvironment environment) {
    SyncOptions options = plan.options();
    boolean whole = options.applyTransactions() == ApplyTransactions.SOURCE;
    int writers = options.writers();
    DataStream<StreamElement> elements =
        WriterPartitioner.toWriters(changes(environment, writers, whole), writers);
    if (plan.copy()) {
      elements = elements.union(WriterPartitioner.toWriters(copies(environment, writers), writers));
    }
    if (!(plan.target() instanceof HiveServer)) {
      elements = elements.union(WriterPartitioner.toWriters(again(environment, writers), writers));
    }
    ApplyOperator apply =
        new ApplyOperator(
            writerOptions(whole), target(), mappings(), options.applyLinger().toMillis());
    plan.sites().link().ifPresent(apply::between);
    if (plan.heartbeat().isPresent()) {
      apply.withHeartbeats();
    }
    elements
        .transform("apply", Types.VOID, apply)
        .uid("apply")
        .setParallelism(writers)
        .setMaxParallelism(Lanes.COUNT);
  }

  private SingleOutputStreamOperator<StreamElement> changes(
      StreamExecutionEnvironment environment, int writers, boolean whole) {
    BinlogOptions binlog =
        new BinlogOptions(plan.source(), plan.serverId(), plan.start(), plan.names(), schemas)
            .withPause(new TargetPause(plan.target(), plan.targetSchema(), plan.name()))
            .withBeats(plan.heartbeat().orElse(null))
            .withReader(plan.reader())
            .withTracking(tracking(writers))
            .withKeys(plan.keys());
    if (plan.sites().preventsLoops()) {
      binlog = binlog.withoutSyncs();
    }
    return environment
        .fromSource(new BinlogSource(binlog), WatermarkStrategy.noWatermarks(), "binlog")
        .uid("binlog")
        .setParallelism(1)
        .flatMap(new RowConditions(plan.conditions(), schemas, plan.sites().changes()))
        .name("conditions")
        .uid("conditions")
        .returns(new StreamElementTypeInfo())
        .setParallelism(1)
        .transform(
            "route",
            new StreamElementTypeInfo(),
            new BinlogRouter(plan.name(), writers, lanes, schemas, plan.sites().changes(), whole)
                .on(plan.source().timeline().number()))
        .uid("route")
        .setParallelism(1);
  }

  private DataStream<StreamElement> copies(StreamExecutionEnvironment environment, int writers) {
    CopyOptions copy =
        new CopyOptions(
            plan.name(),
            plan.source(),
            plan.target(),
            plan.targetSchema(),
            copyTables(plan.sites().copied(new ConditionTests(plan.conditions()))),
            lanes,
            writers,
            plan.options().copyChunkRows(),
            0,
            plan.options().copyLimits());
    return environment
        .fromSource(new CopySource(copy), WatermarkStrategy.noWatermarks(), "copy")
        .uid("copy")
        .setParallelism(writers);
  }

  private CopyTables copyTables(RowTests rows) {
    CopyTables live =
        new LiveCopyTables(plan.source(), plan.names(), plan.names().declaredKeys(), rows);
    return tracked == null ? live : new TrackedCopyTables(live, tracked);
  }

  /** Reads the tables for a first start of a sync that follows their changes. */
  BinlogEnd.Found readTables() {
    return tracking(plan.options().writers()).readTables();
  }

  /** Null if the sync stops at changes of tables. */
  private TargetTableTracking tracking(int writers) {
    if (tracked == null) {
      return null;
    }
    TableTrackingOptions options =
        new TableTrackingOptions(
            plan.source(),
            plan.target(),
            plan.targetSchema(),
            plan.name(),
            plan.names(),
            plan.options().ddl().orElseThrow(),
            writers,
            plan.copy(),
            plan.floating(),
            plan.sites().origin());
    return plan.target() instanceof HiveServer hive
        ? new TargetTableTracking(options, texts(plan, hive))
        : new TargetTableTracking(options);
  }

  /** What somebody wants to be copied again. */
  private DataStream<StreamElement> again(StreamExecutionEnvironment environment, int writers) {
    ResyncOptions options =
        new ResyncOptions(
            plan.name(),
            plan.source(),
            plan.target(),
            plan.targetSchema(),
            // Not only those that the source's zone wrote: what it has is not missing there.
            copyTables(new ConditionTests(plan.conditions())),
            plan.names(),
            lanes,
            writers,
            plan.options().copyChunkRows(),
            plan.options().copyLimits(),
            plan.options().zeroDates() != SyncOptions.ZeroDates.KEEP,
            plan.sites().claims());
    return environment
        .fromSource(new ResyncSource(options), WatermarkStrategy.noWatermarks(), "again")
        .uid("again")
        .setParallelism(writers);
  }

  private WriterOptions writerOptions(boolean whole) {
    SyncOptions options = plan.options();
    return new WriterOptions(
        options.name(),
        0,
        1,
        options.applyBatchRows(),
        whole,
        options.delivery() == Delivery.EXACTLY_ONCE_XA || plan.target() instanceof HiveServer,
        options.badRows() == BadRows.DEAD_LETTER,
        options.delivery() != Delivery.AT_LEAST_ONCE || plan.target() instanceof HiveServer,
        true,
        ZeroDates.valueOf(options.zeroDates().name()),
        new GuardOptions(
            plan.versions(),
            options.verifyBeforeImage() == BeforeImage.LOCK,
            plan.copy(),
            options.zeroDates() == SyncOptions.ZeroDates.NULL,
            options.rowTombstones().toMillis(),
            plan.names().writtenBy(plan.versions())),
        RECENT_CHANGES,
        HELD_BYTES);
  }

  /** Where it writes. */
  Target target() {
    if (plan.target() instanceof HiveServer hive) {
      return new HiveTarget(hive, plan.targetSchema(), plan.options().hive());
    }
    if (plan.target() instanceof PostgresServer postgres) {
      return new PostgresTarget(postgres, plan.targetSchema());
    }
    return new MySqlTarget((MySqlServer) plan.target(), plan.targetSchema(), plan.sites().origin());
  }

  /** How tables go to the target. */
  MappingProvider mappings() {
    boolean create = plan.options().targetTables() == SyncOptions.TargetTables.CREATE;
    if (plan.target() instanceof HiveServer hive) {
      return tracked == null
          ? new HiveMappingProvider(plan.source(), hive, plan.names(), plan.options())
          : new TrackedHiveMappingProvider(hive, tracked, plan.options().hive(), create);
    }
    return tracked == null
        ? new LiveMappingProvider(plan.source(), plan.target(), plan.names(), lanes, create)
        : new TrackedMappingProvider(plan.target(), tracked, create);
  }
}
