package io.piplan.dts.check;

import io.piplan.dts.TableId;
import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A target that is MySQL or MariaDB. */
final class MySqlProbe implements TargetProbe {
  private final Connection connection;
  private final MySqlFacts facts;
  private final String database;
  private final Optional<MySqlFacts> source;

  /**
   * @param source what is known of the source's server
   */
  MySqlProbe(Connection connection, String database, Optional<MySqlFacts> source)
      throws SQLException {
    this.connection = connection;
    this.facts = MySqlFacts.read(connection);
    this.database = database;
    this.source = source;
  }

  @Override
  public String product() {
    return facts.product();
  }

  @Override
  public String account() {
    return facts.account();
  }

  @Override
  public Optional<String> readOnly() {
    if (facts.isOn("super_read_only") || facts.isOn("innodb_read_only")) {
      return Optional.of(
          facts.isOn("super_read_only") ? "super_read_only = ON" : "innodb_read_only = ON");
    }
    boolean exempt =
        facts.grants().global("SUPER", "CONNECTION_ADMIN", "READ ONLY ADMIN", "READ_ONLY ADMIN");
    // MariaDB 11 has more values than ON.
    boolean readOnly =
        !facts.setting("read_only").isEmpty()
            && !facts.setting("read_only").equalsIgnoreCase("OFF")
            && !facts.setting("read_only").equals("0");
    return readOnly && !exempt
        ? Optional.of("read_only = " + facts.setting("read_only"))
        : Optional.empty();
  }

  @Override
  public boolean hasSchema() throws SQLException {
    return !names(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", database)
        .isEmpty();
  }

  @Override
  public boolean mayUseSchema() {
    return true;
  }

  @Override
  public Set<String> tables() throws SQLException {
    return names(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", database);
  }

  private Set<String> names(String sql, String parameter) throws SQLException {
    Set<String> names = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  @Override
  public boolean mayCreate(String table) {
    return facts.grants().table("CREATE", new TableId(database, table));
  }

  @Override
  public boolean mayAlter(String table) {
    return facts.grants().table("ALTER", new TableId(database, table));
  }

  @Override
  public boolean may(String right, String table, boolean exists) {
    return facts.grants().table(right, new TableId(database, table));
  }

  @Override
  public String grant(String right, String table) {
    return "GRANT " + right + " ON " + quoted(table) + " TO " + facts.account();
  }

  @Override
  public String grantAll(String right) {
    return "GRANT " + right + " ON " + MySqlNames.quote(database) + ".* TO " + facts.account();
  }

  @Override
  public Optional<List<String>> triggers(List<String> tables) throws SQLException {
    Set<String> wanted = Set.copyOf(tables);
    Set<String> found =
        names(
            "SELECT CONCAT(TRIGGER_NAME, '\\0', EVENT_OBJECT_TABLE) FROM"
                + " information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?",
            database);
    // Without the right to see triggers, tables seem to have none.
    return facts.grants().database("TRIGGER", database)
        ? Optional.of(on(found, wanted))
        : Optional.empty();
  }

  @Override
  public List<String> foreignKeys(List<String> tables) throws SQLException {
    return on(
        names(
            "SELECT CONCAT(CONSTRAINT_NAME, '\\0', TABLE_NAME) FROM"
                + " information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?",
            database),
        Set.copyOf(tables));
  }

  private static List<String> on(Set<String> found, Set<String> tables) {
    return found.stream()
        .map(pair -> pair.split("\0", 2))
        .filter(pair -> tables.contains(pair[1]))
        .map(pair -> pair[0] + " on " + pair[1])
        .sorted()
        .toList();
  }

  @Override
  public void own(
      Findings findings,
      Subject subject,
      List<String> triggers,
      List<String> foreignKeys,
      TargetUse use) {
    if (facts.isOn("local_infile")) {
      findings.ok(
          CheckCode.TARGET_LOCAL_INFILE, subject, "local_infile = ON: copies use LOAD DATA");
    } else {
      findings.warning(
          CheckCode.TARGET_LOCAL_INFILE,
          subject,
          "local_infile = OFF: the copy uses INSERT, which is several times slower",
          "SET GLOBAL local_infile = 1");
    }
    packets(findings, subject);
    xa(findings, subject, use);
    if (!foreignKeys.isEmpty()) {
      findings.info(
          CheckCode.TARGET_FOREIGN_KEYS,
          subject,
          "foreign keys " + foreignKeys + " are not checked while the sync writes",
          "");
    }
  }

  private void xa(Findings findings, Subject subject, TargetUse use) {
    if (use.prepared() == 0) {
      return;
    }
    if (!facts.mariaDb() && !facts.grants().global("XA_RECOVER_ADMIN", "SUPER")) {
      findings.error(
          CheckCode.TARGET_XA,
          subject,
          "user "
              + facts.account()
              + " lacks XA_RECOVER_ADMIN, without which prepared transactions are not found again"
              + " after a failure",
          "GRANT XA_RECOVER_ADMIN ON *.* TO " + facts.account());
    } else {
      findings.ok(CheckCode.TARGET_XA, subject, "prepared XA transactions may be listed");
    }
  }

  private void packets(Findings findings, Subject subject) {
    long here = facts.number("max_allowed_packet", 0);
    long there = source.map(s -> s.number("max_allowed_packet", 0)).orElse(0L);
    if (here < there) {
      findings.warning(
          CheckCode.TARGET_PACKET,
          subject,
          "max_allowed_packet is "
              + here
              + " bytes, expected at least the source's "
              + there
              + ": a row of more than "
              + here / 2
              + " bytes may be refused",
          "SET GLOBAL max_allowed_packet = " + there + ", also in its configuration file");
    } else if (there > 0) {
      findings.ok(CheckCode.TARGET_PACKET, subject, "max_allowed_packet = " + here);
    }
  }

  @Override
  public String quoted(String table) {
    return MySqlNames.quote(new TableId(database, table));
  }
}
