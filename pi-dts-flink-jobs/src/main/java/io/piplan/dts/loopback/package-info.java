/**
 * Is this change ours to send? A function of the change, of who owns what, and of the two sites
 * between which a sync goes. Pure: no database, no Flink, no clock.
 */
package io.piplan.dts.loopback;
