/** The words of the command line: exit codes, the console, how progress is shown. */
package io.piplan.cli;
