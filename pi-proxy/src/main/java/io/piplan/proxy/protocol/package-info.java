/**
 * MySQL's bytes and what they mean, for both sides of the proxy. Netty buffers, no channels:
 * nothing here reads from or writes to a network, or knows what a statement does.
 */
package io.piplan.proxy.protocol;
