/** Measurements, each beside a peer or the physical limit in the same run. */
package io.piplan.bench;
