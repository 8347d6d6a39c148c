package io.piplan.dts.check;

import io.piplan.dts.Heartbeat;
import io.piplan.dts.jdbc.HeartbeatTable;
import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Whether the heartbeat that a sync is to write at its source can be written. */
final class HeartbeatChecks {
  private static final String OFF =
      ", or do without: 'heartbeat.interval' = '0 s' (the lag is then known by commit times only)";

  private final Heartbeat heartbeat;
  private final Connection connection;
  private final MySqlFacts facts;
  private final Findings findings;
  private final Subject subject;

  HeartbeatChecks(
      Heartbeat heartbeat,
      Connection connection,
      MySqlFacts facts,
      Findings findings,
      Subject subject) {
    this.heartbeat = heartbeat;
    this.connection = connection;
    this.facts = facts;
    this.findings = findings;
    this.subject = subject;
  }

  void run() throws SQLException {
    String table = MySqlNames.quote(heartbeat.table());
    if (isReadOnly()) {
      findings.error(
          CheckCode.SOURCE_HEARTBEAT,
          subject,
          "heartbeats cannot be written to " + table + ": the source is read only",
          "name the primary as the source" + OFF);
      return;
    }
    boolean exists = new HeartbeatTable(heartbeat).exists(connection);
    List<String> rights =
        exists ? List.of("INSERT", "UPDATE") : List.of("INSERT", "UPDATE", "CREATE");
    List<String> missing =
        rights.stream().filter(right -> !facts.grants().table(right, heartbeat.table())).toList();
    if (missing.isEmpty()) {
      findings.ok(CheckCode.SOURCE_HEARTBEAT, subject, "heartbeats may be written to " + table);
      return;
    }
    findings.error(
        CheckCode.SOURCE_HEARTBEAT,
        subject,
        "user "
            + facts.account()
            + " lacks "
            + String.join(", ", missing)
            + " on "
            + table
            + ", where heartbeats are to be written",
        "GRANT " + String.join(", ", missing) + " ON " + table + " TO " + facts.account() + OFF);
  }

  private boolean isReadOnly() {
    String readOnly = facts.setting("read_only");
    boolean on = !readOnly.isEmpty() && !readOnly.equalsIgnoreCase("OFF") && !readOnly.equals("0");
    return facts.isOn("super_read_only")
        || (on
            && !facts
                .grants()
                .global("SUPER", "CONNECTION_ADMIN", "READ ONLY ADMIN", "READ_ONLY ADMIN"));
  }
}
