package io.piplan.dts.check;

import io.piplan.dts.PurgedBinlog;
import io.piplan.dts.ReaderName;
import io.piplan.dts.StartPosition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks of a source as a whole: its binlog, the replica id, where to begin, rights. */
final class SourceServerChecks {
  private static final int SYNTAX_ERROR = 1064;

  private final SourceUse use;
  private final Connection connection;
  private final MySqlFacts facts;
  private final Findings findings;
  private final Subject subject;

  SourceServerChecks(SourceUse use, Connection connection, MySqlFacts facts, Findings findings) {
    this.use = use;
    this.connection = connection;
    this.facts = facts;
    this.findings = findings;
    this.subject = Subject.of(use.server());
  }

  void run() {
    BinlogChecks binlog = new BinlogChecks(use.server(), facts, findings);
    binlog.version();
    binlog.timeZone();
    replicationSlave();
    boolean client = replicationClient();
    use.heartbeat()
        .ifPresent(
            heartbeat ->
                findings.run(
                    subject,
                    "the heartbeat",
                    () ->
                        new HeartbeatChecks(heartbeat, connection, facts, findings, subject)
                            .run()));
    if (!binlog.isOn()) {
      findings.notRun(
          subject, "binlog settings, server id and start position", "the binlog is off");
      return;
    }
    binlog.settings();
    findings.run(subject, "the server id", this::serverId);
    if (!client) {
      findings.notRun(
          subject, "binlog filters and start position", "REPLICATION CLIENT is not granted");
      return;
    }
    findings.run(subject, "binlog filters", () -> filters(binlog));
    findings.run(subject, "the start position", this::position);
  }

  private void replicationSlave() {
    if (facts.grants().global("REPLICATION SLAVE")) {
      findings.ok(CheckCode.SOURCE_GRANT, subject, "REPLICATION SLAVE is granted");
    } else {
      lacks("REPLICATION SLAVE", "REPLICATION SLAVE", "to read the binlog");
    }
  }

  private boolean replicationClient() {
    if (facts.grants().global("REPLICATION CLIENT", "BINLOG MONITOR", "SUPER")) {
      findings.ok(
          CheckCode.SOURCE_GRANT,
          subject,
          (facts.mariaDb() ? "BINLOG MONITOR" : "REPLICATION CLIENT") + " is granted");
      return true;
    }
    boolean named = facts.mariaDb() && facts.isAtLeast(10, 5);
    lacks(
        named ? "REPLICATION CLIENT (MariaDB calls it BINLOG MONITOR)" : "REPLICATION CLIENT",
        named ? "BINLOG MONITOR" : "REPLICATION CLIENT",
        "to ask where the binlog is");
    return false;
  }

  private void lacks(String right, String granted, String purpose) {
    findings.error(
        CheckCode.SOURCE_GRANT,
        subject,
        "user " + facts.account() + " lacks " + right + " on *.*, which is needed " + purpose,
        "GRANT " + granted + " ON *.* TO " + facts.account());
  }

  private void serverId() throws SQLException {
    String taker = use.takenBy().orElse(null);
    if (facts.number("server_id", 0) == use.serverId()) {
      taker = "the source itself";
    }
    Map<Long, String> replicas = new LinkedHashMap<>();
    boolean known = replicas(replicas);
    String replica = replicas.get(use.serverId());
    Optional<ReaderName> reader = Optional.ofNullable(replica).flatMap(ReaderName::parse);
    boolean own = reader.equals(Optional.of(use.self()));
    if (taker == null && replica != null && !own) {
      taker =
          reader
              .map(other -> "sync " + other.name() + ", which reads this source now")
              .orElse("a replica" + (replica.isEmpty() ? "" : " on " + replica));
    }
    if (taker != null) {
      findings.error(
          CheckCode.SOURCE_SERVER_ID_TAKEN,
          subject,
          "server-id " + use.serverId() + " of " + use.reader() + " is that of " + taker,
          "give each sync (and each replica) of this source a server-id of its own: 'server-id' ="
              + " '…' in WITH");
      return;
    }
    if (own && !use.runs().getAsBoolean()) {
      findings.warning(
          CheckCode.SOURCE_SERVER_ID_TAKEN,
          subject,
          use.reader()
              + " reads this source already: it runs on another machine or with another state"
              + " directory, or was killed a moment ago. A start takes its place",
          "stop it there first, unless it is gone");
      return;
    }
    findings.ok(
        CheckCode.SOURCE_SERVER_ID_TAKEN,
        subject,
        "server-id " + use.serverId() + " of " + use.reader() + serverIdState(own, known));
    if (!known) {
      findings.info(
          CheckCode.NOT_CHECKED,
          subject,
          "whether a replica has the server-id "
              + use.serverId()
              + ": the user may not ask for replicas. If one has it, the stream ends with PI-2006",
          "GRANT REPLICATION MASTER ADMIN ON *.* TO " + facts.account() + ", if that matters");
    }
  }

  private static String serverIdState(boolean own, boolean known) {
    if (own) {
      return " is in use by itself: it runs";
    }
    return known ? " is free" : " is not the source's, nor that of a sync known here";
  }

  /** The replicas that have told the server who they are; false if the user may not ask. */
  private boolean replicas(Map<Long, String> found) throws SQLException {
    String newer = facts.mariaDb() ? "SHOW REPLICA HOSTS" : "SHOW REPLICAS";
    try (Statement statement = connection.createStatement();
        ResultSet rows = either(statement, newer, "SHOW SLAVE HOSTS")) {
      while (rows.next()) {
        String host = rows.getString(2);
        found.put(rows.getLong(1), host == null ? "" : host);
      }
      return true;
    } catch (SQLException e) {
      if (isDenied(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isDenied(SQLException e) {
    return e.getErrorCode() == 1227 || e.getErrorCode() == 1142 || e.getErrorCode() == 1044;
  }

  private static ResultSet either(Statement statement, String first, String second)
      throws SQLException {
    try {
      return statement.executeQuery(first);
    } catch (SQLException e) {
      if (e.getErrorCode() != SYNTAX_ERROR) {
        throw e;
      }
      return statement.executeQuery(second);
    }
  }

  private void filters(BinlogChecks binlog) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = either(statement, "SHOW MASTER STATUS", "SHOW BINARY LOG STATUS")) {
      if (row.next()) {
        binlog.filters(use.databases(), text(row, "Binlog_Do_DB"), text(row, "Binlog_Ignore_DB"));
      }
    }
  }

  private static String text(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }

  private void position() throws SQLException {
    if (use.start().isEmpty()) {
      return;
    }
    StartPosition start = use.start().get();
    if (start instanceof StartPosition.FileAndPosition place) {
      file(place);
    } else if (start instanceof StartPosition.Gtid gtid && !facts.mariaDb()) {
      gtids(gtid);
    } else if (start instanceof StartPosition.Gtid || start instanceof StartPosition.Timestamp) {
      findings.info(
          CheckCode.NOT_CHECKED,
          subject,
          "whether the binlog still reaches back to " + start + "; the start asks the server",
          "");
    }
  }

  private void file(StartPosition.FileAndPosition place) throws SQLException {
    Map<String, Long> files = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
      while (rows.next()) {
        files.put(rows.getString(1), rows.getLong(2));
      }
    }
    String at = " where reading has to go on (position " + place.position() + ")";
    if (!files.containsKey(place.file())) {
      gone(
          "source "
              + use.server().address()
              + " no longer has binlog file "
              + place.file()
              + at
              + "; it has "
              + (files.isEmpty() ? "none" : range(List.copyOf(files.keySet()))));
    } else if (files.get(place.file()) < place.position()) {
      gone(
          "binlog file "
              + place.file()
              + " of source "
              + use.server().address()
              + at
              + " ends at "
              + files.get(place.file()));
    } else {
      findings.ok(
          CheckCode.SOURCE_POSITION,
          subject,
          "the binlog is there from " + place.file() + ":" + place.position());
    }
  }

  private static String range(List<String> files) {
    return files.get(0) + " to " + files.get(files.size() - 1);
  }

  private void gtids(StartPosition.Gtid start) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT GTID_SUBSET(@@GLOBAL.gtid_purged, ?), @@GLOBAL.gtid_purged")) {
      statement.setString(1, start.set());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (row.getInt(1) == 0) {
          gone(
              "source "
                  + use.server().address()
                  + " has purged transactions that are not among '"
                  + start.set()
                  + "': "
                  + row.getString(2));
        } else {
          findings.ok(
              CheckCode.SOURCE_POSITION, subject, "every transaction after the GTID set is there");
        }
      }
    }
  }

  private void gone(String message) {
    String remedy = PurgedBinlog.REMEDY;
    if (use.restored()) {
      findings.warning(
          CheckCode.SOURCE_POSITION,
          subject,
          message + ". The checkpoint may be later, or the start fails with PI-2005",
          remedy);
    } else {
      findings.error(CheckCode.SOURCE_POSITION, subject, message, remedy);
    }
  }
}
