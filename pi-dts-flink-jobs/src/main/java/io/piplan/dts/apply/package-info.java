/**
 * Changes into guarded SQL on the target: what a writer does with its lanes, and how each kind of
 * target does it. No Flink.
 */
package io.piplan.dts.apply;
