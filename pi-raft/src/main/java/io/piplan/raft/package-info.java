/**
 * PRaft: a replicated state in three calls ({@link io.piplan.raft.ReplicatedState}, {@link
 * io.piplan.raft.RaftNode}, {@link io.piplan.raft.RaftCaller}), on Apache Ratis. No type of Ratis
 * is visible outside of this package.
 */
package io.piplan.raft;
