/** Faults of network, disk and clock that tests bring upon processes, here and in pi-lcs-server. */
package io.piplan.raft.faults;
