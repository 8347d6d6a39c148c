package io.piplan.raft.kv;

import io.piplan.raft.ReplicatedState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The map. Each change gets the next version; the index of the log entry would not do, which
 * several commands share.
 */
final class KvState implements ReplicatedState {
  private record Entry(String json, long version) {}

  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, String> urls = new TreeMap<>();
  private long version;

  @Override
  public byte[] apply(long index, byte[] bytes) {
    KvCommand command = KvCommand.decode(bytes);
    if (command instanceof KvCommand.Put put) {
      return put(put).encode();
    }
    if (command instanceof KvCommand.Delete delete) {
      return delete(delete).encode();
    }
    if (command instanceof KvCommand.Add add) {
      return add(add).encode();
    }
    if (command instanceof KvCommand.Announce announce) {
      urls.put(announce.member(), announce.url());
      return new KvAnswer(true, version, announce.url()).encode();
    }
    throw new IllegalArgumentException(command + " changes nothing");
  }

  private KvAnswer put(KvCommand.Put put) {
    Entry old = entries.get(put.key());
    if (refused(old, put.expected())) {
      return answer(false, old);
    }
    version++;
    Entry entry = new Entry(put.json(), version);
    entries.put(put.key(), entry);
    return answer(true, entry);
  }

  private KvAnswer add(KvCommand.Add add) {
    Entry old = entries.get(add.key());
    long sum;
    try {
      sum = Math.addExact(old == null ? 0 : Long.parseLong(old.json()), add.number());
    } catch (NumberFormatException | ArithmeticException e) {
      // No whole number, or one that has no room for it.
      return answer(false, old);
    }
    version++;
    Entry entry = new Entry(Long.toString(sum), version);
    entries.put(add.key(), entry);
    return answer(true, entry);
  }

  private KvAnswer delete(KvCommand.Delete delete) {
    Entry old = entries.get(delete.key());
    if (refused(old, delete.expected())) {
      return answer(false, old);
    }
    if (old != null) {
      version++;
      entries.remove(delete.key());
    }
    return answer(true, old);
  }

  private static boolean refused(Entry old, long expected) {
    return expected != KvCommand.ANY && expected != (old == null ? 0 : old.version());
  }

  @Override
  public byte[] query(byte[] bytes) {
    KvCommand command = KvCommand.decode(bytes);
    if (command instanceof KvCommand.Get get) {
      return answer(true, entries.get(get.key())).encode();
    }
    if (command instanceof KvCommand.FindUrl find) {
      return new KvAnswer(true, 0, urls.get(find.member())).encode();
    }
    throw new IllegalArgumentException(command + " asks nothing");
  }

  private static KvAnswer answer(boolean done, Entry entry) {
    return entry == null
        ? new KvAnswer(done, 0, null)
        : new KvAnswer(done, entry.version(), entry.json());
  }

  @Override
  public void save(DataOutputStream out) throws IOException {
    out.writeLong(version);
    out.writeInt(entries.size());
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      KvCommand.text(out, entry.getKey());
      KvCommand.text(out, entry.getValue().json());
      out.writeLong(entry.getValue().version());
    }
    out.writeInt(urls.size());
    for (Map.Entry<String, String> url : urls.entrySet()) {
      KvCommand.text(out, url.getKey());
      KvCommand.text(out, url.getValue());
    }
  }

  @Override
  public void load(DataInputStream in) throws IOException {
    entries.clear();
    urls.clear();
    version = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      entries.put(KvCommand.text(in), new Entry(KvCommand.text(in), in.readLong()));
    }
    for (int left = in.readInt(); left > 0; left--) {
      urls.put(KvCommand.text(in), KvCommand.text(in));
    }
  }
}
