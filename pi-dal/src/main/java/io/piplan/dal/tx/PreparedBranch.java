package io.piplan.dal.tx;

import java.util.Objects;

/**
 * What a node has prepared, or why it can't be asked.
 *
 * @param transaction its name; empty if the node can't be asked
 */
public record PreparedBranch(String node, String transaction, State state, String problem) {

  /** What becomes of it. */
  public enum State {
    /** Its transaction is being committed now. */
    ENDS,
    /** A crash has left it, and it is to be committed. */
    TO_COMMIT,
    /** A crash has left it, and it is to be rolled back. */
    TO_ROLL_BACK,
    /** Another program's, or of another file of decisions: nobody here ends it. */
    OF_OTHERS,
    /** It was to be committed, and is there no more: somebody has ended it by hand. */
    ENDED_BY_OTHERS,
    /**
     * It was to be committed, which its node didn't answer, and is there no more: the node has done
     * it, or somebody has ended it by hand meanwhile.
     */
    MAYBE_COMMITTED,
    /** It was decided to commit on a node that no rules name now. */
    NOT_NAMED,
    /** The node can't be asked. */
    UNKNOWN
  }

  public PreparedBranch {
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(problem, "problem");
  }
}
