package io.piplan.dts.apply;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;

/**
 * PostgreSQL's PREPARE TRANSACTION. See its manual under that name. The server must have {@code
 * max_prepared_transactions} of at least the number of writers.
 */
final class PostgresPrepared extends TwoPhaseTransactions {
  PostgresPrepared(Supplier<String> nextId) {
    super(nextId);
  }

  @Override
  List<String> beginning(String id) {
    return List.of();
  }

  @Override
  List<String> preparing(String id) {
    return List.of("PREPARE TRANSACTION '" + id + "'");
  }

  @Override
  List<String> abandoning(String id) {
    return List.of("ROLLBACK");
  }

  @Override
  String ending(String id, boolean commit) {
    return (commit ? "COMMIT PREPARED '" : "ROLLBACK PREPARED '") + id + "'";
  }

  @Override
  String listing() {
    return "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
  }

  @Override
  String id(ResultSet row) throws SQLException {
    return row.getString(1);
  }

  @Override
  void runEnding(Connection on, String sql) throws SQLException {
    runOutside(on, sql);
  }

  @Override
  boolean isUnknown(SQLException e) {
    return "42704".equals(e.getSQLState());
  }
}
