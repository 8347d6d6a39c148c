package io.piplan.dts.apply;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;

/**
 * XA transactions of MySQL and MariaDB by SQL. See the MySQL manual, "XA Transaction SQL
 * Statements". {@code XA RECOVER} needs XA_RECOVER_ADMIN on MySQL 8 and later.
 */
final class MySqlXa extends TwoPhaseTransactions {
  private static final int XAER_NOTA = 1397;

  MySqlXa(Supplier<String> nextId) {
    super(nextId);
  }

  @Override
  List<String> beginning(String id) {
    return List.of("XA START " + xid(id));
  }

  @Override
  List<String> preparing(String id) {
    return List.of("XA END " + xid(id), "XA PREPARE " + xid(id));
  }

  @Override
  List<String> abandoning(String id) {
    return List.of("XA END " + xid(id), "XA ROLLBACK " + xid(id));
  }

  @Override
  String ending(String id, boolean commit) {
    return (commit ? "XA COMMIT " : "XA ROLLBACK ") + xid(id);
  }

  @Override
  String listing() {
    return "XA RECOVER";
  }

  @Override
  String id(ResultSet row) throws SQLException {
    byte[] data = row.getBytes(4);
    int global = row.getInt(2);
    int branch = row.getInt(3);
    return new String(data, 0, global, StandardCharsets.ISO_8859_1)
        + "/"
        + new String(data, global, branch, StandardCharsets.ISO_8859_1);
  }

  /** In this state of the connection the server refuses any other statement, autocommit too. */
  @Override
  void runEnding(Connection on, String sql) throws SQLException {
    execute(on, List.of(sql));
  }

  @Override
  boolean isUnknown(SQLException e) {
    return e.getErrorCode() == XAER_NOTA;
  }

  /** Our ids are letters, digits, points and colons: nothing to escape. */
  private static String xid(String id) {
    int slash = id.indexOf('/');
    return "'" + id.substring(0, slash) + "','" + id.substring(slash + 1) + "'";
  }
}
