/** The binary protocol between {@code client} and {@code server}: docs/lcs.md has its layout. */
package io.piplan.lcs.wire;
