/**
 * Measurements of Pi Plan, each beside a peer or the physical limit, in the same run and on the
 * same servers.
 */
package io.piplan.bench;
