/**
 * The full copy's reading side: splits tables into chunks and reads each in a consistent snapshot
 * whose place in the binlog is known. Imports the root package, {@code jdbc} and {@code schema}. No
 * Flink.
 */
package io.piplan.dts.copy;
