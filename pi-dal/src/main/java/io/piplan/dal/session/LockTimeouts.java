package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a lock that was waited for in vain ends on each node: the statement, or with
 * innodb_rollback_on_timeout, which can't change while a server runs, the whole transaction.
 */
final class LockTimeouts {
  private final Map<String, Boolean> ending = new ConcurrentHashMap<>();

  /** Whether one of them rolls back the transaction; asks those of which that isn't known. */
  boolean endTransaction(Collection<NodeConnection> branches) {
    boolean ends = false;
    for (NodeConnection branch : branches) {
      Boolean known = ending.get(branch.node());
      ends |= known == null ? ask(branch) : known;
    }
    return ends;
  }

  /** One that can't be asked has perhaps lost the transaction: it isn't gone on with. */
  private boolean ask(NodeConnection branch) {
    try (RowStream rows =
        ((Result.Rows) branch.run("SELECT @@innodb_rollback_on_timeout")).stream()) {
      byte[] value = rows.next().textValues().get(0);
      boolean ends = new String(value, StandardCharsets.US_ASCII).equals("1");
      ending.put(branch.node(), ends);
      return ends;
    } catch (DalException e) {
      return true;
    }
  }
}
