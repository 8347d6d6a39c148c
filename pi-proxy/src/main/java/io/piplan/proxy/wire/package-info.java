/**
 * PiDAL's connections to data nodes over the proxy's own codec and pools: what PiDAL runs by itself
 * goes this way, and waits. Calls are made outside of event loops.
 */
package io.piplan.proxy.wire;
