/**
 * A MySQL or MariaDB binlog, event by event as bytes, into changes and position marks. Knows the
 * event formats and what may not be skipped. No Flink, no connection.
 */
package io.piplan.dts.binlog;
