package io.piplan.lcs.server;

import io.piplan.lcs.SequencePolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What {@link LcsState} answers. */
final class LcsAnswer {
  /** What became of a command. */
  enum Outcome {
    DONE('D'),
    /** The limit is another than was expected. */
    OTHER_LIMIT('O'),
    /** The leader of a later term has begun. */
    FENCED('F'),
    UNKNOWN_SEQUENCE('U'),
    EXHAUSTED('E');

    private final char code;

    Outcome(char code) {
      this.code = code;
    }

    private static Outcome of(int code) {
      for (Outcome outcome : values()) {
        if (outcome.code == code) {
          return outcome;
        }
      }
      throw new IllegalArgumentException("outcome " + code);
    }
  }

  /** A sequence as it is stored. */
  record Stored(int id, String name, SequencePolicy policy, long limit) {}

  /**
   * @param waits whether the leader before may still answer under its lease
   */
  record Begun(Outcome outcome, boolean waits, List<Stored> sequences) {}

  /** Of an {@link LcsCommand.Extend}, with the limit as it is now. */
  record Extended(Outcome outcome, long limit) {}

  private LcsAnswer() {}

  static byte[] begun(Begun answer) {
    return bytes(
        out -> {
          out.writeByte(answer.outcome().code);
          out.writeBoolean(answer.waits());
          out.writeInt(answer.sequences().size());
          for (Stored sequence : answer.sequences()) {
            stored(out, sequence);
          }
        });
  }

  static Begun begun(byte[] bytes) {
    return read(
        bytes,
        in -> {
          Outcome outcome = Outcome.of(in.readByte());
          boolean waits = in.readBoolean();
          List<Stored> sequences = new ArrayList<>();
          for (int left = in.readInt(); left > 0; left--) {
            sequences.add(stored(in));
          }
          return new Begun(outcome, waits, sequences);
        });
  }

  static byte[] stored(Stored sequence) {
    return bytes(out -> stored(out, sequence));
  }

  /** Null for no bytes. */
  static Stored stored(byte[] bytes) {
    return bytes.length == 0 ? null : read(bytes, LcsAnswer::stored);
  }

  static void stored(DataOutputStream out, Stored sequence) throws IOException {
    out.writeInt(sequence.id());
    out.writeUTF(sequence.name());
    LcsCommand.policy(out, sequence.policy());
    out.writeLong(sequence.limit());
  }

  static Stored stored(DataInputStream in) throws IOException {
    return new Stored(in.readInt(), in.readUTF(), LcsCommand.policy(in), in.readLong());
  }

  static byte[] extended(Outcome outcome, long limit) {
    return bytes(
        out -> {
          out.writeByte(outcome.code);
          out.writeLong(limit);
        });
  }

  static Extended extended(byte[] bytes) {
    return read(bytes, in -> new Extended(Outcome.of(in.readByte()), in.readLong()));
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private static byte[] bytes(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] bytes, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return reader.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
