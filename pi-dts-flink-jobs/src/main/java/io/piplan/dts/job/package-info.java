/** Wires a definition into a running Flink job, and watches and steers it. */
package io.piplan.dts.job;
