package io.piplan.raft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Named counters: {@code add NAME N} answers the sum, {@code get NAME} too, {@code throw} throws.
 */
final class Counters implements ReplicatedState {
  private final Map<String, Long> counters = new TreeMap<>();

  @Override
  public byte[] apply(long index, byte[] command) {
    List<String> words = List.of(text(command).split(" ", 3));
    if (words.get(0).equals("throw")) {
      throw new IllegalStateException("asked to throw");
    }
    long sum = counters.merge(words.get(1), Long.parseLong(words.get(2)), Long::sum);
    return bytes(String.valueOf(sum));
  }

  @Override
  public byte[] query(byte[] query) {
    return bytes(String.valueOf(counters.getOrDefault(text(query).substring("get ".length()), 0L)));
  }

  @Override
  public void save(DataOutputStream out) throws IOException {
    out.writeInt(counters.size());
    for (Map.Entry<String, Long> counter : counters.entrySet()) {
      byte[] name = bytes(counter.getKey());
      out.writeInt(name.length);
      out.write(name);
      out.writeLong(counter.getValue());
    }
  }

  @Override
  public void load(DataInputStream in) throws IOException {
    counters.clear();
    for (int left = in.readInt(); left > 0; left--) {
      String name = text(in.readNBytes(in.readInt()));
      counters.put(name, in.readLong());
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
