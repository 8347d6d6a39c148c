/**
 * Clients whose statements run over several data nodes: a command's payload in, a call of PiDAL's
 * session, response packets out. Calls wait, so they are made outside of any event loop.
 */
package io.piplan.proxy.routed;
