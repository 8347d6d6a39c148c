package io.piplan.dts.check;

import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import io.piplan.dts.schema.VersionTriggers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks of a target: whether it takes writes, the rights, the tables that are there. */
final class TargetChecks {
  private static final List<String> RIGHTS = List.of("SELECT", "INSERT", "UPDATE", "DELETE");

  /** On MySQL, to follow changes of tables. */
  private static final List<String> CHANGING = List.of("ALTER", "CREATE", "DROP", "INDEX");

  private final TargetUse use;
  private final Connection connection;
  private final TargetProbe probe;
  private final Findings findings;
  private final Subject subject;
  private final List<String> controlTables;

  TargetChecks(TargetUse use, Connection connection, TargetProbe probe, Findings findings) {
    this.use = use;
    this.connection = connection;
    this.probe = probe;
    this.findings = findings;
    this.subject = Subject.of(use.server());
    this.controlTables = ControlTables.names(use.server() instanceof PostgresServer);
  }

  /** Returns the tables that are there, or empty if tables cannot be asked about. */
  Optional<Set<String>> run() throws SQLException {
    findings.ok(CheckCode.TARGET_VERSION, subject, probe.product());
    findings.run(subject, "whether it is read only", this::writable);
    if (!probe.hasSchema()) {
      findings.error(
          CheckCode.TARGET_SCHEMA,
          subject,
          "target "
              + use.server().address()
              + " has no "
              + use.schema()
              + " (or hides it from "
              + probe.account()
              + ")",
          "create the database (MySQL) or schema (PostgreSQL), or correct its name after TO");
      findings.notRun(subject, "rights and tables of the target", "there is no " + use.schema());
      return Optional.empty();
    }
    findings.ok(CheckCode.TARGET_SCHEMA, subject, use.schema() + " is there");
    if (!probe.mayUseSchema()) {
      lacks(CheckCode.TARGET_GRANT, "USAGE", use.schema(), probe.grantAll("USAGE"));
      findings.notRun(subject, "rights on tables", "USAGE of the schema is not granted");
      return Optional.empty();
    }
    Set<String> present = probe.tables();
    findings.run(subject, "CREATE", () -> create(present));
    for (String right : RIGHTS) {
      findings.run(subject, right, () -> right(right, present));
    }
    if (use.follows()) {
      findings.run(subject, "changing tables", () -> follow(present));
    }
    List<String> there = use.names().stream().filter(present::contains).toList();
    findings.run(subject, "triggers", () -> triggers(there));
    findings.run(subject, "rows of target tables", () -> rows(there));
    return Optional.of(present);
  }

  private void writable() throws SQLException {
    probe
        .readOnly()
        .ifPresent(
            why ->
                findings.error(
                    CheckCode.TARGET_READ_ONLY,
                    subject,
                    "target " + use.server().address() + " takes no writes: " + why,
                    "name the primary server as the target, or make this one writable"));
  }

  private void create(Set<String> present) throws SQLException {
    List<String> missing = missing(use.names(), present);
    if (!missing.isEmpty() && !use.creates()) {
      findings.error(
          CheckCode.TARGET_TABLE,
          subject,
          use.schema() + " of " + use.server().address() + " lacks " + missing,
          "create them, or let the sync do so: 'target.tables' = 'create'");
    } else if (!missing.isEmpty()) {
      creatable(CheckCode.TARGET_GRANT, missing);
    }
    List<String> control = missing(controlTables, present);
    if (control.isEmpty()) {
      findings.ok(CheckCode.TARGET_CONTROL_TABLES, subject, "the pi_dts_* tables are there");
    } else {
      creatable(CheckCode.TARGET_CONTROL_TABLES, control);
    }
    alterable();
  }

  /** Tables that an earlier release made lack columns, which the sync adds. */
  private void alterable() throws SQLException {
    boolean postgres = use.server() instanceof PostgresServer;
    ControlTables tables =
        new ControlTables(
            postgres, use.schema(), postgres ? PostgresNames::quote : MySqlNames::quote);
    for (ControlTables.Alteration missing : tables.alterations(connection)) {
      if (!probe.mayAlter(missing.table())) {
        findings.error(
            CheckCode.TARGET_CONTROL_TABLES,
            subject,
            "table "
                + missing.table()
                + " was made by an earlier release and lacks a column, which user "
                + probe.account()
                + " may not add",
            "run as a user who may: " + missing.sql());
      }
    }
  }

  private static List<String> missing(List<String> wanted, Set<String> present) {
    return wanted.stream().filter(name -> !present.contains(name)).toList();
  }

  private void creatable(CheckCode code, List<String> missing) throws SQLException {
    for (String table : missing) {
      if (!probe.mayCreate(table)) {
        findings.error(
            code,
            subject,
            "user "
                + probe.account()
                + " lacks CREATE on "
                + use.schema()
                + ", where these tables are to be made: "
                + missing,
            probe.grantAll("CREATE"));
        return;
      }
    }
    findings.ok(code, subject, "CREATE is granted, for " + missing);
  }

  private void right(String right, Set<String> present) throws SQLException {
    List<String> tables = new ArrayList<>(use.names());
    tables.addAll(controlTables);
    List<String> refused = new ArrayList<>();
    for (String table : tables) {
      if (!probe.may(right, table, present.contains(table))) {
        refused.add(table);
      }
    }
    if (refused.isEmpty()) {
      findings.ok(CheckCode.TARGET_GRANT, subject, right + " is granted on all tables");
    } else if (!present.containsAll(refused) || (refused.size() > 1 && coversAll(refused))) {
      // Nobody can be granted a right to a table that is yet to be made.
      lacks(CheckCode.TARGET_GRANT, right, use.schema(), probe.grantAll(right));
    } else {
      for (String table : refused) {
        lacks(CheckCode.TARGET_GRANT, right, use.schema() + "." + table, probe.grant(right, table));
      }
    }
  }

  /** What it takes to change tables as the source's are. */
  void follow(Set<String> present) throws SQLException {
    if (use.server() instanceof PostgresServer) {
      for (String table : use.names()) {
        if (present.contains(table) && !probe.mayAlter(table)) {
          findings.error(
              CheckCode.TARGET_GRANT,
              subject,
              "user "
                  + probe.account()
                  + " does not own "
                  + use.schema()
                  + "."
                  + table
                  + ", and cannot change it when the source's table is changed",
              "ALTER TABLE " + probe.quoted(table) + " OWNER TO " + probe.account());
        }
      }
      return;
    }
    for (String right : CHANGING) {
      if (mayAll(right, present)) {
        findings.ok(CheckCode.TARGET_GRANT, subject, right + " is granted, for 'ddl'");
      } else {
        lacks(CheckCode.TARGET_GRANT, right, use.schema(), probe.grantAll(right));
      }
    }
    // Triggers name their table and its key, and are made anew with these; many sites have none.
    if (use.keepsVersions() && mayAll("TRIGGER", present)) {
      findings.ok(CheckCode.TARGET_GRANT, subject, "TRIGGER is granted, for 'ddl'");
    } else if (use.keepsVersions()) {
      findings.warning(
          CheckCode.TARGET_GRANT,
          subject,
          "user "
              + probe.account()
              + " lacks TRIGGER on "
              + use.schema()
              + ": where triggers keep row versions for apps, the sync stops when a table with"
              + " such gets another name or another key",
          probe.grantAll("TRIGGER") + ", if apps of the target have such triggers");
    }
  }

  private boolean mayAll(String right, Set<String> present) throws SQLException {
    for (String table : use.names()) {
      if (!probe.may(right, table, present.contains(table))) {
        return false;
      }
    }
    return true;
  }

  /** Whether that is all of the user's tables: one statement for all of them is clearer then. */
  private boolean coversAll(List<String> refused) {
    return refused.containsAll(use.names());
  }

  private void lacks(CheckCode code, String right, String on, String remedy) {
    findings.error(
        code, subject, "user " + probe.account() + " lacks " + right + " on " + on, remedy);
  }

  private void triggers(List<String> tables) throws SQLException {
    Optional<List<String>> triggers = probe.triggers(tables);
    if (triggers.isEmpty() && !tables.isEmpty()) {
      findings.info(
          CheckCode.NOT_CHECKED,
          subject,
          "triggers on target tables: the user may not see them",
          probe.grantAll("TRIGGER") + ", if that matters");
    }
    // Those that keep row versions for apps let the sync's writes pass.
    List<String> found =
        triggers.orElse(List.of()).stream()
            .filter(trigger -> !trigger.startsWith(VersionTriggers.PREFIX))
            .toList();
    if (!found.isEmpty()) {
      findings.warning(
          CheckCode.TARGET_TRIGGERS,
          subject,
          "triggers act on what the sync writes: " + found,
          "drop them, or make sure that they change nothing when the sync writes");
    }
    probe.own(findings, subject, found, probe.foreignKeys(tables), use);
  }

  private void rows(List<String> tables) throws SQLException {
    if (!use.refusesRows()) {
      return;
    }
    List<String> filled = new ArrayList<>();
    for (String table : tables) {
      if (probe.may("SELECT", table, true) && holdsRows(table)) {
        filled.add(table);
      }
    }
    if (!filled.isEmpty()) {
      findings.error(
          CheckCode.TARGET_NOT_EMPTY,
          subject,
          "there are rows already in "
              + filled
              + " in "
              + use.schema()
              + " of "
              + use.server().address(),
          "empty them, or write over them with 'target.not-empty' = 'upsert' (rows that the source"
              + " does not have stay)");
    }
  }

  private boolean holdsRows(String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT 1 FROM " + probe.quoted(table) + " LIMIT 1")) {
      return rows.next();
    }
  }
}
