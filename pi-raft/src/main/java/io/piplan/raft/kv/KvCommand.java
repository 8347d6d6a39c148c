package io.piplan.raft.kv;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What changes the map, and what asks it. */
sealed interface KvCommand {
  /** An {@code expected} version that allows any. */
  long ANY = -1;

  /**
   * @param expected version that the key has to have, 0 for "not there", {@link #ANY}
   */
  record Put(String key, String json, long expected) implements KvCommand {}

  /**
   * @param expected as in {@link Put}
   */
  record Delete(String key, long expected) implements KvCommand {}

  /** Adds to a whole number; one that isn't there counts as 0. */
  record Add(String key, long number) implements KvCommand {}

  /** Asks for a key. */
  record Get(String key) implements KvCommand {}

  /** Says under which URL a member answers. */
  record Announce(String member, String url) implements KvCommand {}

  /** Asks for a member's URL. */
  record FindUrl(String member) implements KvCommand {}

  default byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      if (this instanceof Put put) {
        out.writeByte('P');
        text(out, put.key());
        text(out, put.json());
        out.writeLong(put.expected());
      } else if (this instanceof Delete delete) {
        out.writeByte('D');
        text(out, delete.key());
        out.writeLong(delete.expected());
      } else if (this instanceof Add add) {
        out.writeByte('+');
        text(out, add.key());
        out.writeLong(add.number());
      } else if (this instanceof Get get) {
        out.writeByte('G');
        text(out, get.key());
      } else if (this instanceof Announce announce) {
        out.writeByte('A');
        text(out, announce.member());
        text(out, announce.url());
      } else if (this instanceof FindUrl find) {
        out.writeByte('U');
        text(out, find.member());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static KvCommand decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readByte();
      return switch (kind) {
        case 'P' -> new Put(text(in), text(in), in.readLong());
        case 'D' -> new Delete(text(in), in.readLong());
        case '+' -> new Add(text(in), in.readLong());
        case 'G' -> new Get(text(in));
        case 'A' -> new Announce(text(in), text(in));
        case 'U' -> new FindUrl(text(in));
        default -> throw new IllegalArgumentException("command of kind " + kind);
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Not writeUTF, which ends at 64 KiB. */
  static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
