package io.piplan.raft;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Queries that this node may answer without asking another. */
final class LocalReads {
  private static final UUID NOBODY = new UUID(0, 0);

  private final StateMachineAdapter machine;
  private final LeaderLease lease;
  private final Staleness staleness;

  LocalReads(StateMachineAdapter machine, LeaderLease lease, Staleness staleness) {
    this.machine = machine;
    this.lease = lease;
    this.staleness = staleness;
  }

  /** The answer under this node's lease; empty if it has none. */
  Optional<byte[]> leased(byte[] query) {
    lease.want();
    if (!lease.holds()) {
      return Optional.empty();
    }
    byte[] answer = here(query);
    return lease.holds() ? Optional.of(answer) : Optional.empty();
  }

  /**
   * The answer of the copy here; empty on a leader without a lease, who has to ask the others.
   *
   * @throws RaftException STALE
   */
  Optional<byte[]> within(Duration bound, byte[] query) {
    lease.want();
    if (lease.leading()) {
      return leased(query);
    }
    Duration age = staleness.age();
    if (age.compareTo(bound) > 0) {
      throw new RaftException(
          RaftError.STALE,
          "the copy here is "
              + (age.toDays() > 0 ? "of unknown age" : age.toMillis() + " ms old")
              + ", at most "
              + bound.toMillis()
              + " ms are asked for",
          "try again, ask another member, or read linearizably");
    }
    return Optional.of(here(query));
  }

  private byte[] here(byte[] query) {
    byte[] answers = machine.queryHere(new CommandBatch(true, NOBODY, 0, List.of(query)));
    return RaftCaller.answer(BatchAnswers.decode(ByteBuffer.wrap(answers), 1).get(0));
  }
}
