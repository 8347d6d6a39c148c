/** {@code bin/pi}: the command line of Pi Plan. */
package io.piplan.cli;
