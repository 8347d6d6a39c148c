package io.piplan.proxy.admin;

/**
 * A session at one moment.
 *
 * @param node the data node it has a connection to; empty if none
 * @param seconds since it began or ended what it did last
 * @param keeps why it keeps that connection between statements; empty if it doesn't
 */
public record SessionFigures(
    long id,
    String user,
    String client,
    String schema,
    String does,
    long seconds,
    String node,
    String keeps) {}
