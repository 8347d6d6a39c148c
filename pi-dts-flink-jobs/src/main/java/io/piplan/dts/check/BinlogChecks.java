package io.piplan.dts.check;

import io.piplan.dts.jdbc.MySqlServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Whether a source's settings let its binlog be read. Asks nothing itself. */
final class BinlogChecks {
  private static final long SHORTEST_EXPIRY = TimeUnit.DAYS.toSeconds(1);

  private final MySqlServer server;
  private final MySqlFacts facts;
  private final Findings findings;
  private final Subject subject;

  BinlogChecks(MySqlServer server, MySqlFacts facts, Findings findings) {
    this.server = server;
    this.facts = facts;
    this.findings = findings;
    this.subject = Subject.of(server);
  }

  /** Whether there is a binlog at all, without which nothing else about it can be asked. */
  boolean isOn() {
    if (facts.isOn("log_bin")) {
      findings.ok(CheckCode.SOURCE_BINLOG_OFF, subject, "log_bin = ON");
      return true;
    }
    findings.error(
        CheckCode.SOURCE_BINLOG_OFF,
        subject,
        "source " + server.address() + " writes no binlog",
        "start it with --log-bin, --binlog-format=ROW and a --server-id");
    return false;
  }

  void settings() {
    required(CheckCode.SOURCE_BINLOG_FORMAT, "binlog_format", "ROW");
    required(CheckCode.SOURCE_ROW_IMAGE, "binlog_row_image", "FULL");
    if (facts.setting("binlog_row_value_options").toUpperCase(Locale.ROOT).contains("PARTIAL")) {
      findings.error(
          CheckCode.SOURCE_PARTIAL_JSON,
          subject,
          has("binlog_row_value_options", facts.setting("binlog_row_value_options"), "nothing")
              + ": changes of JSON would come as patches",
          set("binlog_row_value_options", "''"));
    }
    off("log_bin_compress");
    off("binlog_transaction_compression");
    if (facts.number("server_id", 1) == 0) {
      findings.error(
          CheckCode.SOURCE_SERVER_ID,
          subject,
          "source " + server.address() + " has server_id = 0, so it serves no replicas",
          "SET GLOBAL server_id = 1 (or another number that no other server has), also in its"
              + " configuration file");
    }
    expiry();
    replica();
  }

  private void required(CheckCode code, String variable, String expected) {
    String found = facts.setting(variable);
    if (found.equalsIgnoreCase(expected)) {
      findings.ok(code, subject, variable + " = " + expected);
    } else {
      findings.error(
          code, subject, has(variable, found, expected), set(variable, "'" + expected + "'"));
    }
  }

  private void off(String variable) {
    if (facts.isOn(variable)) {
      findings.error(
          CheckCode.SOURCE_BINLOG_COMPRESSION,
          subject,
          has(variable, "ON", "OFF"),
          set(variable, "OFF"));
    }
  }

  private String has(String variable, String found, String expected) {
    return "source "
        + server.address()
        + " has "
        + variable
        + " = "
        + found
        + ", expected "
        + expected;
  }

  private static String set(String variable, String value) {
    return "SET GLOBAL "
        + variable
        + " = "
        + value
        + ", also in its configuration file, and reconnect the applications that write";
  }

  private void expiry() {
    long seconds = facts.number("binlog_expire_logs_seconds", 0);
    if (seconds == 0) {
      seconds = (long) (days() * TimeUnit.DAYS.toSeconds(1));
    }
    if (seconds > 0 && seconds < SHORTEST_EXPIRY) {
      findings.warning(
          CheckCode.SOURCE_BINLOG_EXPIRY,
          subject,
          "binlogs are kept for "
              + seconds
              + " s, expected a day or more: a sync that is stopped or cut off for longer has to"
              + " copy anew",
          "SET GLOBAL binlog_expire_logs_seconds = 604800");
    } else {
      findings.ok(
          CheckCode.SOURCE_BINLOG_EXPIRY,
          subject,
          seconds == 0
              ? "binlogs are kept until somebody purges them"
              : "binlogs are kept for " + seconds / 3600 + " hours");
    }
  }

  private double days() {
    String days = facts.setting("expire_logs_days");
    return days.matches("[0-9]+(\\.[0-9]+)?") ? Double.parseDouble(days) : 0;
  }

  private void replica() {
    boolean replicates = facts.mariaDb() && !facts.setting("gtid_slave_pos").isEmpty();
    boolean logs = facts.isOn("log_slave_updates") || facts.isOn("log_replica_updates");
    if (replicates && !logs) {
      findings.warning(
          CheckCode.SOURCE_REPLICA_UPDATES,
          subject,
          "the source is or was a replica and has log_slave_updates = OFF: what it replicates is"
              + " not in its own binlog, so the sync does not get it",
          "start it with --log-slave-updates, or name its primary as the source");
    }
  }

  /**
   * Whether the server's own filter keeps databases out of the binlog.
   *
   * @param included binlog_do_db with commas between, as the server shows it
   * @param ignored binlog_ignore_db likewise
   */
  void filters(List<String> databases, String included, String ignored) {
    for (String database : databases) {
      boolean out =
          !names(included).isEmpty()
              ? !names(included).contains(database)
              : names(ignored).contains(database);
      if (out) {
        findings.error(
            CheckCode.SOURCE_BINLOG_FILTER,
            subject,
            "changes of database "
                + database
                + " are not in the binlog: binlog_do_db = '"
                + included
                + "', binlog_ignore_db = '"
                + ignored
                + "'",
            "take the filter out of the server's configuration, and restart it");
      }
    }
  }

  private static List<String> names(String list) {
    List<String> names = new ArrayList<>();
    for (String name : list.split(",", -1)) {
      if (!name.isBlank()) {
        names.add(name.trim());
      }
    }
    return names;
  }

  void version() {
    boolean tested = facts.mariaDb() ? facts.isAtLeast(10, 11) : facts.isAtLeast(8, 0);
    if (tested) {
      findings.ok(CheckCode.SOURCE_VERSION, subject, facts.product());
    } else {
      findings.warning(
          CheckCode.SOURCE_VERSION,
          subject,
          "found " + facts.product() + ", expected MySQL 8.0 or MariaDB 10.11 or newer",
          "upgrade the server; older ones were never tested as a source");
    }
  }

  void timeZone() {
    String zone = facts.setting("time_zone");
    String shown =
        zone.equalsIgnoreCase("SYSTEM")
            ? "SYSTEM (" + facts.setting("system_time_zone") + ")"
            : zone;
    if (List.of("+00:00", "UTC", "Etc/UTC").contains(facts.sessionZone())) {
      findings.ok(
          CheckCode.SOURCE_TIME_ZONE,
          subject,
          "time_zone = "
              + shown
              + "; TIMESTAMPs are read in UTC whatever it is, DATETIMEs as they are, and no time"
              + " zone tables are needed");
    } else {
      findings.warning(
          CheckCode.SOURCE_TIME_ZONE,
          subject,
          "connections to the source have time_zone = '"
              + facts.sessionZone()
              + "', expected '+00:00': copied TIMESTAMPs would differ from changed ones",
          "remove connectionTimeZone, serverTimezone and sessionVariables from the catalog's"
              + " 'jdbc.properties.…'");
    }
  }
}
