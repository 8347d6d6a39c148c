package io.piplan.lcs;

/**
 * What numbers a sequence gives; fixed when it is created.
 *
 * @param first its first number, from 1
 * @param last its last one; then it is exhausted
 */
public record SequencePolicy(Kind kind, long first, long last) {
  /** Largest number of all: one more would not fit into 63 bits. */
  public static final long LARGEST = Long.MAX_VALUE - 1;

  /** 1, 2, 3 and so on. */
  public static final SequencePolicy COUNTER = new SequencePolicy(Kind.COUNTER, 1, LARGEST);

  /** Numbers that tell about when they were given: {@link TimeNumber}. */
  public static final SequencePolicy TIME = new SequencePolicy(Kind.TIME, 1, TimeNumber.LARGEST);

  /** How the next number is found. */
  public enum Kind {
    COUNTER(0),
    TIME(1);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** As it is stored and sent. */
    public int code() {
      return code;
    }

    /**
     * @throws LcsException FRAME_INVALID for a code that this version doesn't know
     */
    public static Kind of(int code) {
      return switch (code) {
        case 0 -> COUNTER;
        case 1 -> TIME;
        default ->
            throw new LcsException(
                LcsError.FRAME_INVALID, "a sequence of kind " + code, "use a newer version");
      };
    }
  }

  public SequencePolicy {
    long largest = kind == Kind.TIME ? TimeNumber.LARGEST : LARGEST;
    if (first < 1 || last < first || last > largest) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "a sequence of kind " + kind + " from " + first + " to " + last,
          "use 1 <= first <= last <= " + largest);
    }
  }
}
