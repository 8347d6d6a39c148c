package io.piplan.dal.node;

/**
 * A node's pool at a moment.
 *
 * @param address host and port
 * @param connections all, idle ones too
 * @param waiting how many sessions wait for one
 */
public record NodeFigures(
    String node, String address, int connections, int idle, int waiting, int maximum) {}
