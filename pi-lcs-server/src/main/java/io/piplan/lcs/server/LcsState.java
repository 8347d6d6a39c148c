package io.piplan.lcs.server;

import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.server.LcsAnswer.Begun;
import io.piplan.lcs.server.LcsAnswer.Outcome;
import io.piplan.lcs.server.LcsAnswer.Stored;
import io.piplan.raft.ReplicatedState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all members know: for each sequence the limit up to which numbers may have been given, and
 * which leader gives them. A number is given only under a limit that is stored here, and only by
 * the one that stored it, so two leaders never have the same number, nor a later one a smaller.
 */
final class LcsState implements ReplicatedState {
  private final List<Stored> sequences = new ArrayList<>();
  private final Map<String, Integer> byName = new HashMap<>();

  /** Read by other threads as well. */
  private final Map<String, Address> addresses = new ConcurrentHashMap<>();

  private long ledTerm;
  private boolean released;
  private boolean waits;

  /** Where a member answers clients; {@code http} may be empty. */
  record Address(String client, String http) {}

  @Override
  public byte[] apply(long index, byte[] bytes) {
    LcsCommand command = LcsCommand.decode(bytes);
    if (command instanceof LcsCommand.Extend extend) {
      return extend(extend);
    } else if (command instanceof LcsCommand.Lead lead) {
      return lead(lead.term());
    } else if (command instanceof LcsCommand.Release release) {
      boolean mine = release.term() == ledTerm;
      released |= mine;
      return LcsAnswer.extended(mine ? Outcome.DONE : Outcome.FENCED, 0);
    } else if (command instanceof LcsCommand.Open open) {
      return LcsAnswer.stored(open(open.name(), open.policy()));
    } else if (command instanceof LcsCommand.Announce announce) {
      addresses.put(announce.member(), new Address(announce.address(), announce.http()));
      return LcsAnswer.extended(Outcome.DONE, 0);
    }
    throw new IllegalStateException("no rule for " + command);
  }

  private byte[] lead(long term) {
    if (term < ledTerm) {
      return LcsAnswer.begun(new Begun(Outcome.FENCED, true, List.of()));
    }
    if (term > ledTerm) {
      waits = ledTerm != 0 && !released;
      ledTerm = term;
    }
    // The same term once more: it goes on after it had released.
    released = false;
    return LcsAnswer.begun(new Begun(Outcome.DONE, waits, sequences));
  }

  private byte[] extend(LcsCommand.Extend wanted) {
    if (wanted.term() != ledTerm || released) {
      return LcsAnswer.extended(Outcome.FENCED, 0);
    }
    if (wanted.sequence() < 0 || wanted.sequence() >= sequences.size()) {
      return LcsAnswer.extended(Outcome.UNKNOWN_SEQUENCE, 0);
    }
    Stored now = sequences.get(wanted.sequence());
    if (wanted.expected() != now.limit()) {
      return LcsAnswer.extended(Outcome.OTHER_LIMIT, now.limit());
    }
    long limit = Math.min(wanted.limit(), now.policy().last());
    if (limit <= now.limit()) {
      return LcsAnswer.extended(Outcome.EXHAUSTED, now.limit());
    }
    sequences.set(now.id(), new Stored(now.id(), now.name(), now.policy(), limit));
    return LcsAnswer.extended(Outcome.DONE, limit);
  }

  private Stored open(String name, SequencePolicy policy) {
    Integer known = byName.get(name);
    if (known != null) {
      return sequences.get(known);
    }
    Stored created = new Stored(sequences.size(), name, policy, policy.first() - 1);
    sequences.add(created);
    byName.put(name, created.id());
    return created;
  }

  /** {@code name in UTF-8}: the sequence; a number of four bytes behind a zero: that one. */
  @Override
  public byte[] query(byte[] query) {
    Integer id;
    if (query.length == 5 && query[0] == 0) {
      id = ByteBuffer.wrap(query, 1, 4).getInt();
    } else {
      id = byName.get(new String(query, StandardCharsets.UTF_8));
    }
    return id == null || id < 0 || id >= sequences.size()
        ? new byte[0]
        : LcsAnswer.stored(sequences.get(id));
  }

  static byte[] queryOf(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] queryOf(int id) {
    return ByteBuffer.allocate(5).put((byte) 0).putInt(id).array();
  }

  /** Where a member answers; null if it hasn't said. Any thread. */
  Address address(String member) {
    return addresses.get(member);
  }

  @Override
  public void save(DataOutputStream out) throws IOException {
    out.writeLong(ledTerm);
    out.writeBoolean(released);
    out.writeBoolean(waits);
    out.writeInt(sequences.size());
    for (Stored sequence : sequences) {
      LcsAnswer.stored(out, sequence);
    }
    out.writeInt(addresses.size());
    for (Map.Entry<String, Address> address : addresses.entrySet()) {
      out.writeUTF(address.getKey());
      out.writeUTF(address.getValue().client());
      out.writeUTF(address.getValue().http());
    }
  }

  @Override
  public void load(DataInputStream in) throws IOException {
    sequences.clear();
    byName.clear();
    ledTerm = in.readLong();
    released = in.readBoolean();
    waits = in.readBoolean();
    for (int left = in.readInt(); left > 0; left--) {
      Stored sequence = LcsAnswer.stored(in);
      sequences.add(sequence);
      byName.put(sequence.name(), sequence.id());
    }
    for (int left = in.readInt(); left > 0; left--) {
      addresses.put(in.readUTF(), new Address(in.readUTF(), in.readUTF()));
    }
  }
}
