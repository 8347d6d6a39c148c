package io.piplan.dts.flink;

import com.mysql.cj.MysqlConnection;
import com.mysql.cj.Query;
import com.mysql.cj.interceptors.QueryInterceptor;
import com.mysql.cj.jdbc.JdbcConnection;
import com.mysql.cj.log.Log;
import com.mysql.cj.protocol.Resultset;
import com.mysql.cj.protocol.ServerSession;
import java.sql.SQLException;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * Connector/J interceptor that asks MySQL 8.4 and later {@code SHOW BINARY LOG STATUS} where Flink
 * CDC asks for the {@code SHOW MASTER STATUS} they no longer know. Loaded by name.
 */
public final class StatusQueryInterceptor implements QueryInterceptor {
  static final int SYNTAX_ERROR = 1064;
  private static final String OLD = "SHOW MASTER STATUS";
  private static final String NEW = "SHOW BINARY LOG STATUS";

  private JdbcConnection connection;

  @Override
  public QueryInterceptor init(MysqlConnection owner, Properties properties, Log log) {
    connection = (JdbcConnection) owner;
    return this;
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // Connector/J declares it so.
  public <T extends Resultset> T preProcess(Supplier<String> sql, Query query) {
    String text = sql == null ? null : sql.get();
    if (text == null || !OLD.equalsIgnoreCase(text.strip()) || !dropped()) {
      return null;
    }
    try {
      // The connection closes it together with its other statements.
      @SuppressWarnings("unchecked")
      T answer = (T) connection.createStatement().executeQuery(NEW);
      return answer;
    } catch (SQLException e) {
      throw new IllegalStateException(NEW + " failed: " + e.getMessage(), e);
    }
  }

  private boolean dropped() {
    ServerSession session = connection.getSession().getServerSession();
    String version = session.getServerVersion().toString();
    return !version.contains("MariaDB")
        && session.getServerVersion().meetsMinimum(new com.mysql.cj.ServerVersion(8, 4, 0))
        && session.getServerVersion().getMajor() < 10;
  }

  @Override
  public boolean executeTopLevelOnly() {
    return true;
  }

  @Override
  public void destroy() {
    connection = null;
  }

  @Override
  public <T extends Resultset> T postProcess(
      Supplier<String> sql, Query query, T original, ServerSession session) {
    return original;
  }
}
