package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import java.math.BigDecimal;
import java.util.function.Supplier;

/**
 * What NOW() is for the parts of one statement.
 *
 * @param timestamp as SET takes it; null for the time of each node
 */
record StatementTime(String timestamp) {
  /** The same for all parts: copies of a row become equal. */
  static StatementTime now() {
    return new StatementTime(BigDecimal.valueOf(System.currentTimeMillis(), 3).toPlainString());
  }

  static StatementTime ofEachNode() {
    return new StatementTime(null);
  }

  /** Runs a write. */
  Result.Done run(NodeConnection connection, String sql) {
    return during(connection, () -> connection.run(sql));
  }

  /** Does something on a connection. */
  Result.Done during(NodeConnection connection, Supplier<Result> write) {
    if (timestamp == null) {
      return done(write.get());
    }
    return new TemporaryVariable("timestamp", timestamp, "DEFAULT")
        .during(connection, () -> done(write.get()));
  }

  private static Result.Done done(Result result) {
    if (result instanceof Result.Rows rows) {
      rows.stream().close();
      throw new DalException(
          DalError.REFUSED, "RETURNING over several actual tables; read the rows by SELECT");
    }
    return (Result.Done) result;
  }
}
