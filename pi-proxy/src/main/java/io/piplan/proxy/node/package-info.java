/**
 * Connections and pools to data nodes, on Netty. Everything of one pool happens on one event loop,
 * so nothing here is locked. Rows are handed on as the bytes that came.
 */
package io.piplan.proxy.node;
