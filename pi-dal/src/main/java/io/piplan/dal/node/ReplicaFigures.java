package io.piplan.dal.node;

/**
 * A replica at a moment.
 *
 * @param source the node that it follows
 * @param lagMillis how old what it answers may be; -1 if that isn't known
 * @param problem why it gets no reads; empty if it gets some
 */
public record ReplicaFigures(
    String node, String source, int weight, long lagMillis, String problem) {}
