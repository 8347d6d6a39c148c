package io.piplan.dts.check;

import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Checks of one source table: rights, engine. */
final class SourceTableChecks {
  private final SourceUse use;
  private final Connection connection;
  private final MySqlFacts facts;
  private final Findings findings;

  SourceTableChecks(SourceUse use, Connection connection, MySqlFacts facts, Findings findings) {
    this.use = use;
    this.connection = connection;
    this.facts = facts;
    this.findings = findings;
  }

  void run(TableSchema table) {
    Subject subject = Subject.of(use.server()).table(table.id());
    findings.run(subject, "SELECT", () -> select(table, subject));
    findings.run(subject, "the engine", () -> engine(table.id(), subject));
  }

  /** Asked for by using it: a right to each single column does as well. */
  private void select(TableSchema table, Subject subject) throws SQLException {
    StringBuilder columns = new StringBuilder();
    table
        .columns()
        .forEach(
            column ->
                columns
                    .append(columns.isEmpty() ? "" : ", ")
                    .append(MySqlNames.quote(column.name())));
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT " + columns + " FROM " + MySqlNames.quote(table.id()) + " LIMIT 0")) {
      if (!rows.next()) {
        findings.ok(CheckCode.SOURCE_GRANT, subject, "SELECT is granted");
      }
    } catch (SQLException e) {
      if (e.getErrorCode() != 1142 && e.getErrorCode() != 1143 && e.getErrorCode() != 1044) {
        throw e;
      }
      lacks("SELECT", table.id(), subject, "to copy it");
    }
  }

  private void engine(TableId table, Subject subject) throws SQLException {
    String engine = null;
    boolean transactional = true;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT t.ENGINE, e.TRANSACTIONS FROM information_schema.TABLES t"
                + " JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE"
                + " WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?")) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      try (ResultSet row = statement.executeQuery()) {
        if (row.next()) {
          engine = row.getString(1);
          transactional = !"NO".equals(row.getString(2));
        }
      }
    }
    if (!transactional) {
      findings.warning(
          CheckCode.SOURCE_ENGINE,
          subject,
          "engine "
              + engine
              + " has no transactions: writers wait while a chunk is copied, and a crash of the"
              + " source may lose rows that are in the binlog, or the other way round",
          "ALTER TABLE " + MySqlNames.quote(table) + " ENGINE=InnoDB");
    }
    boolean locks = use.copies() && (!facts.mariaDb() || !transactional);
    if (locks && !facts.grants().table("LOCK TABLES", table)) {
      lacks("LOCK TABLES", table, subject, "for a moment at each chunk of the copy");
    }
  }

  private void lacks(String right, TableId table, Subject subject, String purpose) {
    // LOCK TABLES can only be granted for a database as a whole.
    String on =
        right.equals("LOCK TABLES")
            ? MySqlNames.quote(table.database()) + ".*"
            : MySqlNames.quote(table);
    findings.error(
        CheckCode.SOURCE_GRANT,
        subject,
        "user "
            + facts.account()
            + " lacks "
            + right
            + " on "
            + on
            + ", which is needed "
            + purpose,
        "GRANT " + right + " ON " + on + " TO " + facts.account());
  }

  /** For a table that only a plain statement reads. */
  void runByName(TableId id, io.piplan.dts.schema.MySqlSchemaReader reader) {
    Subject subject = Subject.of(use.server()).table(id);
    try {
      run(reader.read(id).schema());
    } catch (DtsException e) {
      findings.thrown(subject, e);
    }
  }
}
