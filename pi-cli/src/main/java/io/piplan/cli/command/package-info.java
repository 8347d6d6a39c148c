/** {@code bin/pi}: one class per command, and the main. Wires everything; nothing imports it. */
package io.piplan.cli.command;
