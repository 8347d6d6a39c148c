/**
 * What tables there are, and how they look on the other side: reads information_schema, maps types,
 * writes target DDL. Imports the root package, {@code jdbc} and {@code apply}. No Flink.
 */
package io.piplan.dts.schema;
