/** Adapters to Flink: sources, operators, serializers, catalogs and table factories. */
package io.piplan.dts.flink;
