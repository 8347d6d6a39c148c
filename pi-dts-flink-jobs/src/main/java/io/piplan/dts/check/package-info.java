/**
 * What must hold before a definition may run, and what its user should know: settings, rights,
 * tables, types. Only asks, never changes anything. Imports the root package, {@code jdbc}, {@code
 * schema} and {@code sql}; knows no Flink.
 */
package io.piplan.dts.check;
