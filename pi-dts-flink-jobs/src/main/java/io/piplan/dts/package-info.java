/** The vocabulary of PiDTS: what a change, a position, a row and a lane are. No Flink, no JDBC. */
package io.piplan.dts;
