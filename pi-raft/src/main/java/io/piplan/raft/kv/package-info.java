/** An example that can be run: a replicated map behind a REST interface. */
package io.piplan.raft.kv;
