/**
 * The language of definitions: Flink SQL with {@code CREATE CATALOG} of our types and {@code SYNC
 * DATABASE}, its options, its secrets, and its expansion into ordinary Flink statements. No Flink,
 * no JDBC.
 */
package io.piplan.dts.sql;
