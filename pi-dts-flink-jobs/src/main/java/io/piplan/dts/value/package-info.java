/**
 * What a stored value means, whatever server printed it: when two of them are equal. No JDBC, no
 * Flink; imports nothing of PiDTS.
 */
package io.piplan.dts.value;
