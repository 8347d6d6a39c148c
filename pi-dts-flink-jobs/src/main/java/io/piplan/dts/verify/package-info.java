/**
 * Compares the tables of two databases by meaning, also while a sync runs between them. Imports the
 * root package, {@code jdbc} and {@code value} only.
 */
package io.piplan.dts.verify;
