package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.protocol.StatementExecution;

/**
 * A command that one node answers whole, with bytes that the client can take as they are.
 *
 * @param on the node, and the statement for it
 * @param execution the parameters of a prepared statement; null if it is a text
 */
public record Whole(DalSession.OnNode on, StatementExecution execution) {
  /** Routing a longer statement would hold up the others of the event loop. */
  public static final int LONGEST = 64 * 1024;

  /** Whether nobody else may have its connection afterwards: a procedure may do anything there. */
  public boolean leavesTraces() {
    return SessionWords.first(on.sql()).equals("CALL");
  }

  public boolean isPrepared() {
    return execution != null;
  }

  /** The same on another node. */
  public Whole on(DalSession.OnNode other) {
    return new Whole(other, execution);
  }

  /** Writes the execution as a command, for a statement that the node has prepared. */
  public void writeExecution(ByteBuf out, int number) {
    new StatementExecution(
            number, StatementExecution.NO_CURSOR, execution.types(), execution.parameters())
        .write(out);
  }
}
