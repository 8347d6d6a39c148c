package io.piplan.raft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Answers of late batches by caller, so that one which is sent again after a lost answer is not
 * applied again. Part of the replicated state and of its snapshots: the same on all members,
 * whoever leads (Ongaro, "Consensus: Bridging Theory and Practice", 6.3). Bounded; what is dropped
 * depends on the order of entries alone.
 */
final class CallSessions {
  private static final int MOST_CALLERS = 4_096;

  /**
   * Of one caller; it has no more than so many between the oldest that is under way and the newest.
   */
  static final int MOST_BATCHES = 64;

  private static final int MOST_BYTES = 1 << 20;

  /** In order of the last batch, oldest first. */
  private final Map<UUID, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Session {
    private final TreeMap<Long, byte[]> answers = new TreeMap<>();
    private long bytes;
    private long forgottenUpTo = -1;

    /**
     * Of batches before the newest, the oldest first. That they were applied stays known, and so
     * which of the others were not: one that arrives late for the first time is applied.
     */
    private void forgetLongAnswers(long newest) {
      for (Map.Entry<Long, byte[]> answer : answers.entrySet()) {
        if (bytes <= MOST_BYTES) {
          return;
        }
        if (answer.getKey() != newest) {
          byte[] forgotten = BatchAnswers.forgotten();
          bytes += forgotten.length - answer.getValue().length;
          answer.setValue(forgotten);
        }
      }
    }
  }

  /** What was answered when the batch was applied; null if it is new. */
  byte[] answered(UUID caller, long sequence) {
    Session session = sessions.get(caller);
    if (session == null) {
      return null;
    }
    if (sequence <= session.forgottenUpTo) {
      return BatchAnswers.forgotten();
    }
    return session.answers.get(sequence);
  }

  void remember(UUID caller, long sequence, byte[] answers) {
    Session session = sessions.computeIfAbsent(caller, c -> new Session());
    session.answers.put(sequence, answers);
    session.bytes += answers.length;
    while (session.answers.size() > MOST_BATCHES) {
      Map.Entry<Long, byte[]> oldest = session.answers.pollFirstEntry();
      session.bytes -= oldest.getValue().length;
      session.forgottenUpTo = oldest.getKey();
    }
    session.forgetLongAnswers(sequence);
    if (sessions.size() > MOST_CALLERS) {
      Iterator<UUID> oldest = sessions.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  void save(DataOutputStream out) throws IOException {
    out.writeInt(sessions.size());
    for (Map.Entry<UUID, Session> entry : sessions.entrySet()) {
      out.writeLong(entry.getKey().getMostSignificantBits());
      out.writeLong(entry.getKey().getLeastSignificantBits());
      Session session = entry.getValue();
      out.writeLong(session.forgottenUpTo);
      out.writeInt(session.answers.size());
      for (Map.Entry<Long, byte[]> answer : session.answers.entrySet()) {
        out.writeLong(answer.getKey());
        out.writeInt(answer.getValue().length);
        out.write(answer.getValue());
      }
    }
  }

  void load(DataInputStream in) throws IOException {
    sessions.clear();
    int callers = in.readInt();
    for (int i = 0; i < callers; i++) {
      UUID caller = new UUID(in.readLong(), in.readLong());
      Session session = new Session();
      session.forgottenUpTo = in.readLong();
      int answers = in.readInt();
      for (int j = 0; j < answers; j++) {
        long sequence = in.readLong();
        byte[] bytes = in.readNBytes(in.readInt());
        session.answers.put(sequence, bytes);
        session.bytes += bytes.length;
      }
      sessions.put(caller, session);
    }
  }
}
