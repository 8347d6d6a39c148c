package io.piplan.proxy.node;

/**
 * What two sides must have in common so that responses pass through as they are.
 *
 * @param capabilities of those that shape responses, the ones in use
 * @param collation that the client's handshake named: charset of its statements and of results
 */
public record WireShape(int capabilities, int collation) {}
