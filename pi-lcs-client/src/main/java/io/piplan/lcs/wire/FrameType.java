package io.piplan.lcs.wire;

/**
 * What a frame is. Every frame begins with {@code length (4) | type (1) | request (8)}, big-endian;
 * the length counts what follows it.
 */
public final class FrameType {
  /** {@code magic (4) | version (1) | token: length (2), UTF-8}. The first frame of a client. */
  public static final byte HELLO = 1;

  /**
   * {@code version (1) | leads (1) | largest count (4) | member: text | leader's address: text}. A
   * text is {@code length (2), UTF-8}.
   */
  public static final byte WELCOME = 2;

  /** Asks for a WELCOME again. */
  public static final byte WHO = 3;

  /** {@code name: text | create (1) | kind (1) | first (8) | last (8)}; create 2: if need be. */
  public static final byte OPEN = 4;

  /** {@code sequence (4)}. */
  public static final byte OPENED = 5;

  /** {@code sequence (4) | count (4)}. */
  public static final byte NEXT = 6;

  /** {@code first (8) | count (4)}. */
  public static final byte NUMBERS = 7;

  /** {@code sequence (4)}. */
  public static final byte CURRENT = 8;

  /** {@code value (8)}. */
  public static final byte VALUE = 9;

  /** {@code sequence (4) | value (8) | force (1)}. */
  public static final byte RAISE = 10;

  /** {@code after: text}; names in order. */
  public static final byte LIST = 11;

  /**
   * {@code more (1) | count (2) | count × (name: text | kind (1) | first (8) | last (8) | next (8)
   * | limit (8))}.
   */
  public static final byte LISTED = 12;

  /** Any member answers. */
  public static final byte STATUS = 13;

  /** {@code JSON: text}. */
  public static final byte STATUS_TEXT = 14;

  /** {@code member to lead: text}; answered by VALUE with the term. */
  public static final byte TRANSFER = 15;

  /** {@code error (2) | found: text | remedy: text | leader's address: text}. */
  public static final byte ERROR = 16;

  /** First four bytes of a HELLO's body: "PLCS". */
  public static final int MAGIC = 0x504C4353;

  /** Of this protocol. */
  public static final byte VERSION = 1;

  /** Bytes before the body. */
  public static final int HEADER = 13;

  /** Largest length that a frame may have. */
  public static final int LARGEST = 64 * 1024;

  private FrameType() {}
}
