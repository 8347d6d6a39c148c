/**
 * Statements that change the source's tables: what they say, what a table is afterwards, and what
 * the target is to do. Imports the root package, {@code jdbc} and {@code schema}. No Flink.
 */
package io.piplan.dts.ddl;
