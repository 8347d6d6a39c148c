package io.piplan.dts.check;

import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetTables;
import io.piplan.dts.sql.SiteOptions;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.dts.sql.SyncOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs every check of one sync, or of what a job's plain statements read and write. Each check is
 * run whatever the others find, as far as it can be.
 */
public final class SyncChecks {
  private final Findings findings = new Findings();
  private boolean followed;

  private MySqlFacts sourceFacts;

  /** All checks of a SYNC. */
  public static List<Finding> of(CheckedSync sync) {
    SyncChecks checks = new SyncChecks();
    checks.sync(sync);
    return checks.findings.list();
  }

  /**
   * The checks of what plain statements do with servers; the planner has seen to columns.
   *
   * @param reads the tables read from each source
   */
  public static List<Finding> ofPlain(Collection<PlainRead> reads, Collection<TargetUse> writes) {
    SyncChecks checks = new SyncChecks();
    for (PlainRead read : reads) {
      checks.source(
          read.use(),
          (connection, facts) -> {
            MySqlSchemaReader reader = new MySqlSchemaReader(connection);
            for (TableId table : read.tables()) {
              new SourceTableChecks(read.use(), connection, facts, checks.findings)
                  .runByName(table, reader);
            }
          });
    }
    for (TargetUse write : writes) {
      checks.target(write, List.of());
    }
    return checks.findings.list();
  }

  /** What plain statements read from one source. */
  public record PlainRead(SourceUse use, List<TableId> tables) {
    public PlainRead {
      tables = List.copyOf(tables);
    }
  }

  /** What is done with an open connection to a source. */
  private interface WithSource {
    void run(Connection connection, MySqlFacts facts) throws SQLException;
  }

  private void sync(CheckedSync sync) {
    followed = !sync.begins() && sync.statement().options().ddl().isPresent();
    List<TableDefinition> tables = new ArrayList<>();
    boolean reached =
        source(
            sync.source(),
            (connection, facts) -> {
              tables.addAll(
                  new SourceTables(sync, findings)
                      .check(
                          new MySqlSchemaReader(connection),
                          new SourceTableChecks(sync.source(), connection, facts, findings),
                          facts));
              new SiteChecks(sync, connection, facts, findings).run(tables);
            });
    SyncDatabase statement = sync.statement();
    if (!reached) {
      findings.notRun(
          Subject.of(sync.target()),
          "tables and types of " + statement.target().database(),
          "the source's tables are not known");
    }
    List<TargetUse.Written> written =
        tables.stream()
            .map(
                table ->
                    new TargetUse.Written(
                        new TableId(
                            statement.target().database(),
                            statement.targetTable(table.schema().id().table())),
                        Optional.of(table)))
            .toList();
    if (sync.target() instanceof HiveServer hive) {
      new HiveChecks(sync, hive, written, findings)
          .run(sourceFacts == null ? "" : sourceFacts.setting("sql_mode"));
    } else {
      target(targetUse(sync, written), tables);
    }
  }

  private static TargetUse targetUse(CheckedSync sync, List<TargetUse.Written> written) {
    SyncDatabase statement = sync.statement();
    SyncOptions options = statement.options();
    boolean copies = options.startup().copiesTables();
    int writers = options.writers();
    return new TargetUse(
        sync.target(),
        statement.target().database(),
        written,
        options.targetTables() == SyncOptions.TargetTables.CREATE,
        sync.begins() && copies && options.targetNotEmpty() == SyncOptions.TargetNotEmpty.REFUSE,
        !copies && writers == 1,
        options.delivery() == SyncOptions.Delivery.EXACTLY_ONCE_XA ? writers : 0,
        options.zeroDates(),
        options.ddl().filter(DdlPolicy::changesTables).isPresent(),
        options.sites().loopPrevention() == SiteOptions.LoopPrevention.VERSION,
        copies && options.copyLimits().targetThreads() > 0,
        copies && sync.copies());
  }

  /** Whether the source could be asked. */
  private boolean source(SourceUse use, WithSource tables) {
    Subject subject = Subject.of(use.server());
    try (Connection connection = use.server().connect(Side.SOURCE)) {
      MySqlFacts facts = MySqlFacts.read(connection);
      sourceFacts = facts;
      findings.ok(CheckCode.SOURCE_LOGIN, subject, "reached and logged in as " + facts.account());
      findings.run(
          subject,
          "encryption",
          () -> new TlsChecks(use.server(), CheckCode.SOURCE_TLS, findings).run(connection));
      findings.run(
          subject,
          "the binlog",
          () -> new SourceServerChecks(use, connection, facts, findings).run());
      findings.run(subject, "the tables", () -> tables.run(connection, facts));
      return true;
    } catch (DtsException e) {
      findings.thrown(subject, e);
    } catch (SQLException e) {
      findings.broken(subject, "the source", e);
    }
    findings.notRun(
        subject, "binlog, server id, rights, tables and types", "the source could not be asked");
    return false;
  }

  private void target(TargetUse use, List<TableDefinition> sources) {
    Subject subject = Subject.of(use.server());
    try (Connection connection = use.server().connect(Side.TARGET)) {
      findings.run(
          subject,
          "encryption",
          () -> new TlsChecks(use.server(), CheckCode.TARGET_TLS, findings).run(connection));
      findings.run(subject, "the target", () -> target(use, sources, connection));
    } catch (DtsException e) {
      findings.thrown(subject, e);
      findings.notRun(subject, "rights, tables and types", "the target could not be asked");
    } catch (SQLException e) {
      // Only closing is left to fail; what was asked is answered.
      return;
    }
  }

  private void target(TargetUse use, List<TableDefinition> sources, Connection connection)
      throws SQLException {
    TargetProbe probe =
        use.server() instanceof PostgresServer
            ? new PostgresProbe(connection, use.schema())
            : new MySqlProbe(connection, use.schema(), Optional.ofNullable(sourceFacts));
    findings.ok(
        CheckCode.TARGET_LOGIN,
        Subject.of(use.server()),
        "reached and logged in as " + probe.account());
    Optional<Set<String>> present = new TargetChecks(use, connection, probe, findings).run();
    if (!sources.isEmpty()) {
      types(use, connection, probe, present);
    }
  }

  private void types(
      TargetUse use, Connection connection, TargetProbe probe, Optional<Set<String>> present)
      throws SQLException {
    TargetTables targets = TargetTables.on(connection);
    TypeChecks types =
        new TypeChecks(
            use.server(), use.zeroDates(), sourceFacts.setting("sql_mode"), followed, findings);
    for (TargetUse.Written written : use.tables()) {
      Subject subject = Subject.of(use.server()).table(written.id());
      String name = written.id().table();
      boolean there = present.isPresent() && present.get().contains(name);
      // Columns of a table that may not be read are not shown, so that it would seem to lack them.
      if (there && !probe.may("SELECT", name, true)) {
        findings.notRun(subject, "columns and key", "SELECT is not granted");
        continue;
      }
      findings.run(
          subject,
          "columns and key",
          () -> {
            TableDefinition source = written.source().orElseThrow();
            types.run(source, written.id().toString(), targets.review(source, written.id()));
          });
    }
  }
}
