package io.piplan.dts.check;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.hive.CascadeSteps;
import io.piplan.dts.hive.HiveProbe;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.SyncOptions;
import io.piplan.dts.sql.SyncOptions.ApplyTransactions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Checks of a sync to Hive: metastore, HiveServer2, database, folder, tables and types. */
final class HiveChecks {
  private static final String TXN_MANAGER = "org.apache.hadoop.hive.ql.lockmgr.DbTxnManager";

  private final CheckedSync sync;
  private final HiveServer server;
  private final List<TargetUse.Written> written;
  private final Findings findings;
  private final Subject subject;
  private final SyncOptions options;

  HiveChecks(
      CheckedSync sync, HiveServer server, List<TargetUse.Written> written, Findings findings) {
    this.sync = sync;
    this.server = server;
    this.written = written;
    this.findings = findings;
    this.subject = Subject.of(server);
    this.options = sync.statement().options();
  }

  /**
   * @param sourceModes sql_mode of the source
   */
  void run(String sourceModes) {
    findings.run(subject, "options", this::options);
    findings.run(subject, "foreign keys", this::foreignKeys);
    try (HiveProbe probe = new HiveProbe(server)) {
      findings.run(subject, "HiveServer2", () -> hiveServer2(probe));
      String database = sync.statement().target().database();
      Optional<String> folder = probe.folder(database);
      findings.ok(CheckCode.TARGET_LOGIN, subject, "the metastore is reached");
      if (folder.isEmpty()) {
        findings.error(
            CheckCode.TARGET_SCHEMA,
            subject,
            "Hive has no database " + database,
            "CREATE DATABASE " + database + ", or correct its name after TO");
        findings.notRun(subject, "folder, tables and types", "there is no " + database);
        return;
      }
      findings.ok(CheckCode.TARGET_SCHEMA, subject, database + " is there, in " + folder.get());
      findings.run(subject, "the folder", () -> folder(probe, folder.get()));
      TypeChecks types =
          new TypeChecks(server, options.zeroDates(), sourceModes, followed(), findings);
      for (TargetUse.Written table : written) {
        Subject at = subject.table(table.id());
        findings.run(at, "columns and key", () -> table(probe, types, table));
      }
      findings.run(subject, "rows of target tables", () -> rows(probe));
    } catch (DtsException e) {
      findings.thrown(subject, e);
      findings.notRun(subject, "folder, tables and types", "the metastore could not be asked");
    }
  }

  private boolean followed() {
    return !sync.begins() && options.ddl().isPresent();
  }

  private void options() {
    if (options.applyTransactions() == ApplyTransactions.SOURCE) {
      findings.error(
          CheckCode.DEFINITION_CONFLICT,
          subject,
          "'apply.transactions' = 'source', but Hive gets what a checkpoint brought, which may be a"
              + " part of a source transaction",
          "leave the option out");
    }
    loads();
    options.ddl().ifPresent(this::ddl);
  }

  private void loads() {
    List<String> given =
        Arrays.stream(CopyLimit.values())
            .filter(CopyLimit::isOfLoad)
            .filter(
                limit -> {
                  String none = CopyLimits.NONE.value(limit);
                  return !options.copyLimits().value(limit).equals(none);
                })
            .map(limit -> "'" + limit.option() + "'")
            .toList();
    if (!given.isEmpty()) {
      findings.error(
          CheckCode.DEFINITION_CONFLICT,
          subject,
          String.join(", ", given)
              + ": a Hive is not asked for its load, and has no replicas, so the copy would never"
              + " rest",
          "leave it out; 'copy.rate-limit', 'copy.byte-limit' and 'copy.window' hold the copy"
              + " back");
    }
  }

  /** What is asked for by name and could not be kept would only stop the sync when it comes. */
  private void ddl(DdlPolicy policy) {
    boolean merged = options.hive().layout() == HiveOptions.Layout.MERGE;
    List<String> refused = new ArrayList<>();
    if (policy.of(DdlKind.NARROW_COLUMN) == DdlAction.EVOLVE) {
      refused.add(option(DdlKind.NARROW_COLUMN, DdlAction.EVOLVE));
    }
    if (policy.of(DdlKind.DROP_COLUMN) == DdlAction.EVOLVE && merged) {
      refused.add(
          option(DdlKind.DROP_COLUMN, DdlAction.EVOLVE)
              + " with 'hive.layout' = '"
              + options.hive().layoutName()
              + "'");
    }
    for (DdlKind kind :
        List.of(DdlKind.RENAME_COLUMN, DdlKind.MODIFY_COLUMN, DdlKind.NARROW_COLUMN)) {
      if (policy.of(kind) == DdlAction.IGNORE) {
        refused.add(option(kind, DdlAction.IGNORE));
      }
    }
    if (!refused.isEmpty()) {
      findings.error(
          CheckCode.DEFINITION_CONFLICT,
          subject,
          String.join(", ", refused)
              + ": files in Hive are never changed, so values can't be cut, and go into columns as"
              + " those were made; Hive drops no column of the ACID tables of 'hive.layout' ="
              + " 'merge'",
          "leave it out, or choose 'stop', with which the sync stops before such a change, or"
              + " 'ignore' where a column that is gone may stay in Hive");
    }
  }

  private static String option(DdlKind kind, DdlAction action) {
    return "'ddl." + kind.optionName() + "' = '" + action.name().toLowerCase(Locale.ROOT) + "'";
  }

  private void hiveServer2(HiveProbe probe) throws SQLException {
    findings.ok(
        CheckCode.TARGET_VERSION, subject, probe.version() + ", logged in as " + server.user());
    if (options.hive().layout() == HiveOptions.Layout.MERGE) {
      boolean concurrent = probe.property("hive.support.concurrency").equals("true");
      String manager = probe.property("hive.txn.manager");
      if (!concurrent || !manager.equals(TXN_MANAGER)) {
        findings.error(
            CheckCode.TARGET_ACID,
            subject,
            "'hive.layout' = 'merge' needs transactions, but HiveServer2 has"
                + " hive.support.concurrency = "
                + concurrent
                + " and hive.txn.manager = "
                + manager,
            "set hive.support.concurrency=true and hive.txn.manager="
                + TXN_MANAGER
                + " for HiveServer2 and metastore, or use another layout");
      }
    }
  }

  private void folder(HiveProbe probe, String folder) {
    Optional<String> refusal = probe.refusal(folder);
    if (refusal.isEmpty()) {
      findings.ok(CheckCode.TARGET_GRANT, subject, server.user() + " may write in " + folder);
    } else {
      findings.error(
          CheckCode.TARGET_GRANT,
          subject,
          "user " + server.user() + " may not write in " + folder + ": " + refusal.get(),
          "give the folder to the user, or give it rwx there; or name another 'username'");
    }
  }

  private void table(HiveProbe probe, TypeChecks types, TargetUse.Written table) {
    TableDefinition source = table.source().orElseThrow();
    types.run(
        source, table.id().toString(), probe.review(source.schema(), table.id(), options.hive()));
  }

  private void rows(HiveProbe probe) {
    boolean refuses =
        sync.begins()
            && options.startup().copiesTables()
            && options.targetNotEmpty() == SyncOptions.TargetNotEmpty.REFUSE;
    List<String> filled =
        refuses
            ? written.stream()
                .map(TargetUse.Written::id)
                .filter(probe::holdsRows)
                .map(TableId::table)
                .toList()
            : List.of();
    if (!filled.isEmpty()) {
      findings.error(
          CheckCode.TARGET_NOT_EMPTY,
          subject,
          "there are rows already in " + filled,
          "drop them, with their folders (docs/failover.md, purged binlog), or write over them with"
              + " 'target.not-empty' = 'upsert' (rows that the source does not have stay for"
              + " good)");
    }
  }

  /** What a parent's end does to child rows is followed over one step only. */
  private void foreignKeys() {
    if (!options.hive().followsCascades()) {
      return;
    }
    List<TableSchema> schemas =
        written.stream().flatMap(w -> w.source().stream()).map(TableDefinition::schema).toList();
    for (CascadeSteps steps : CascadeSteps.of(schemas)) {
      findings.error(
          CheckCode.TARGET_CASCADES,
          subject.table(steps.child().id()),
          steps.toString(),
          "leave the last tables out, or 'hive.cascades' = 'ignore' if their rows may stay");
    }
  }
}
