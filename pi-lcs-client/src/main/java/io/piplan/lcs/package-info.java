/** The words of PiLCS: sequences, their numbers, what can go wrong. No I/O. */
package io.piplan.lcs;
