package io.piplan.raft;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answers to a {@link CommandBatch}, in its order: {@code kind (1) | length (4) | bytes}. */
final class BatchAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(BatchAnswers.class);

  private static final byte ANSWER = 0;
  private static final byte THROWN = 1;
  private static final byte FORGOTTEN = 2;

  /**
   * @param thrown null, or what the state threw instead of answering
   */
  record Answer(byte[] bytes, String thrown) {}

  private BatchAnswers() {}

  /** Answers one after the other. What is thrown becomes an answer as well: see ReplicatedState. */
  static byte[] of(List<byte[]> items, UnaryOperator<byte[]> answer) {
    List<byte[]> answers = new ArrayList<>(items.size());
    byte[] kinds = new byte[items.size()];
    int size = 0;
    for (int i = 0; i < items.size(); i++) {
      byte[] bytes;
      try {
        bytes = answer.apply(items.get(i));
        if (bytes == null) {
          throw new IllegalStateException("the state answered null");
        }
      } catch (RuntimeException e) {
        LOG.error("the replicated state threw", e);
        kinds[i] = THROWN;
        bytes = String.valueOf(e).getBytes(StandardCharsets.UTF_8);
      }
      answers.add(bytes);
      size += 5 + bytes.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = 0; i < kinds.length; i++) {
      out.put(kinds[i]).putInt(answers.get(i).length).put(answers.get(i));
    }
    return out.array();
  }

  /** The answer to a repeated batch whose answers are not kept any more. */
  static byte[] forgotten() {
    return new byte[] {FORGOTTEN};
  }

  /**
   * @return as many as asked for; null if they were forgotten
   */
  static List<Answer> decode(ByteBuffer in, int count) {
    List<Answer> answers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte kind = in.get();
      if (kind == FORGOTTEN) {
        return null;
      }
      byte[] bytes = new byte[in.getInt()];
      in.get(bytes);
      answers.add(
          kind == ANSWER
              ? new Answer(bytes, null)
              : new Answer(null, new String(bytes, StandardCharsets.UTF_8)));
    }
    return answers;
  }
}
