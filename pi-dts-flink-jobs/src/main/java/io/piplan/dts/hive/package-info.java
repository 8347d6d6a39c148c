/**
 * Hive as a target: how tables of a sync lie there, how a writer's files get into them exactly
 * once, how the current state is read, rewritten and merged. Knows no Flink.
 */
package io.piplan.dts.hive;
