/**
 * A part of a target copied again while its sync runs: what was asked, in which parts, and how
 * these are read. Imports the root package, {@code apply}, {@code copy}, {@code jdbc}, {@code
 * schema}, {@code sql} and {@code verify}. No Flink.
 */
package io.piplan.dts.resync;
