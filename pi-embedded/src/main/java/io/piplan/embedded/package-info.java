/** Databases and Flink on one machine, out of Maven artifacts alone, for tests and the demo. */
package io.piplan.embedded;
