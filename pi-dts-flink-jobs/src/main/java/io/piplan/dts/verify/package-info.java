/**
 * Compares the tables of two databases by meaning, also while a sync runs between them. Imports the
 * root package and {@code jdbc} only.
 */
package io.piplan.dts.verify;
