package io.piplan.lcs.server;

import io.piplan.lcs.SequencePolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What changes {@link LcsState}. */
sealed interface LcsCommand {
  /** The leader of a term begins: older ones are refused from now on. Answer: {@link Begun}. */
  record Lead(long term) implements LcsCommand {}

  /** The leader of a term answers nobody any more, so its follower needn't wait. */
  record Release(long term) implements LcsCommand {}

  /** Creates a sequence or finds it. */
  record Open(String name, SequencePolicy policy) implements LcsCommand {}

  /**
   * Stores that numbers up to {@code limit} may be given.
   *
   * @param expected the limit as the leader knows it; refused if it is another
   */
  record Extend(int sequence, long term, long expected, long limit) implements LcsCommand {}

  /** Says where a member answers clients. */
  record Announce(String member, String address, String http) implements LcsCommand {}

  default byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      if (this instanceof Lead lead) {
        out.writeByte('L');
        out.writeLong(lead.term());
      } else if (this instanceof Release release) {
        out.writeByte('R');
        out.writeLong(release.term());
      } else if (this instanceof Open open) {
        out.writeByte('O');
        out.writeUTF(open.name());
        policy(out, open.policy());
      } else if (this instanceof Extend extend) {
        out.writeByte('E');
        out.writeInt(extend.sequence());
        out.writeLong(extend.term());
        out.writeLong(extend.expected());
        out.writeLong(extend.limit());
      } else if (this instanceof Announce announce) {
        out.writeByte('A');
        out.writeUTF(announce.member());
        out.writeUTF(announce.address());
        out.writeUTF(announce.http());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static LcsCommand decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readByte();
      return switch (kind) {
        case 'L' -> new Lead(in.readLong());
        case 'R' -> new Release(in.readLong());
        case 'O' -> new Open(in.readUTF(), policy(in));
        case 'E' -> new Extend(in.readInt(), in.readLong(), in.readLong(), in.readLong());
        case 'A' -> new Announce(in.readUTF(), in.readUTF(), in.readUTF());
        default -> throw new IllegalArgumentException("command of kind " + kind);
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void policy(DataOutputStream out, SequencePolicy policy) throws IOException {
    out.writeByte(policy.kind().code());
    out.writeLong(policy.first());
    out.writeLong(policy.last());
  }

  static SequencePolicy policy(DataInputStream in) throws IOException {
    return new SequencePolicy(SequencePolicy.Kind.of(in.readByte()), in.readLong(), in.readLong());
  }
}
