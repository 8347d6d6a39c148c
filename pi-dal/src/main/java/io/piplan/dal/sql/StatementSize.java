package io.piplan.dal.sql;

import io.piplan.dal.DalException;

/** How many words and signs a statement may have: each takes many times its size in memory. */
public final class StatementSize {
  /** ER_NET_PACKET_TOO_LARGE of MySQL's error list. */
  private static final int TOO_LARGE = 1153;

  private final int most;

  StatementSize(int most) {
    this.most = most;
  }

  /**
   * As many as this process can take: of its heap one takes up to 84 bytes, and a statement is read
   * more than once.
   */
  public static StatementSize ofThisProcess() {
    return new StatementSize(
        (int) Math.min(50_000_000, Math.max(250_000, Runtime.getRuntime().maxMemory() / 512)));
  }

  /**
   * Of a statement into which rows were written that were read first: their number and length have
   * bounds of their own, and there is one such text for one that a client has sent.
   */
  StatementSize withRows() {
    return new StatementSize(4 * most);
  }

  /**
   * Looks at a statement as a client has sent it.
   *
   * @throws DalException if it has more; what else is wrong with it, others tell
   */
  public void check(String sql) {
    // Each has a character at least.
    if (sql.length() > most) {
      try {
        new Counter(sql).scan();
      } catch (DalException e) {
        if (e.mysqlNumber() == TOO_LARGE) {
          throw e;
        }
      }
    }
  }

  /** One more, after so many. */
  void add(int before) {
    if (before >= most) {
      throw DalException.ofNode(
          TOO_LARGE,
          "08S01",
          "the statement has more than "
              + most
              + " words and signs; send it in parts, or give more memory (-Xmx)",
          null);
    }
  }

  private final class Counter extends TokenScanner {
    private int count;

    Counter(String sql) {
      super(sql);
    }

    @Override
    void token(Token.Kind kind, int begin, int end, int openBrackets) {
      add(count++);
    }

    @Override
    void comment(int begin, int end) {}
  }
}
