package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import java.util.function.Supplier;

/**
 * A variable of a node's connection that has another value for one task.
 *
 * @param value for the task, as SET takes it
 * @param afterwards what it is set to then
 */
record TemporaryVariable(String name, String value, String afterwards) {
  /**
   * Runs a task. The variable is set back also after an error: the transaction may go on, and
   * others get the connection.
   *
   * @throws DalException by which the transaction ends if the variable can't be set back; the
   *     connection is given up then
   */
  <T> T during(NodeConnection connection, Supplier<T> task) {
    T result;
    try {
      connection.run("SET " + name + " = " + value);
      result = task.get();
    } catch (RuntimeException e) {
      setBack(connection, e);
      throw e;
    }
    setBack(connection, null);
    return result;
  }

  private void setBack(NodeConnection connection, RuntimeException earlier) {
    try {
      connection.run("SET " + name + " = " + afterwards);
    } catch (RuntimeException e) {
      connection.discard();
      if (earlier instanceof DalException known && RoutedSession.endsTransaction(known)) {
        known.addSuppressed(e);
        return;
      }
      DalException failure =
          new DalException(
              DalError.NODE_UNREACHABLE,
              name
                  + " could not be set back on node "
                  + connection.node()
                  + " ("
                  + e.getMessage()
                  + "); the transaction is rolled back",
              e);
      if (earlier != null) {
        failure.addSuppressed(earlier);
      }
      throw failure;
    }
  }
}
