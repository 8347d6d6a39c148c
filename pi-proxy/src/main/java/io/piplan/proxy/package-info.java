/**
 * The words of the proxy: its errors. The MySQL codec is in {@code protocol}, what a client's
 * command does in {@code command}, connections to data nodes in {@code node}; {@code server} puts
 * them together.
 */
package io.piplan.proxy;
