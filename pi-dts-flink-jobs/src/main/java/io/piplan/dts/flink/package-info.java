/** Adapters between PiDTS and Flink: sources, operators, serializers, table factories. */
package io.piplan.dts.flink;
