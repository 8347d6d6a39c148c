package io.piplan.raft.kv;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What the map answers.
 *
 * @param done false if the key did not have the expected version
 * @param version of the key; 0 if it isn't there
 * @param text the value as JSON, or a URL; null if there is none
 */
record KvAnswer(boolean done, long version, String text) {
  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeBoolean(done);
      out.writeLong(version);
      out.writeBoolean(text != null);
      if (text != null) {
        KvCommand.text(out, text);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static KvAnswer decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return new KvAnswer(
          in.readBoolean(), in.readLong(), in.readBoolean() ? KvCommand.text(in) : null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
