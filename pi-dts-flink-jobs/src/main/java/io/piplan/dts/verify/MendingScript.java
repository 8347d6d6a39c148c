package io.piplan.dts.verify;

import java.util.function.Consumer;

/**
 * Statements that mend what a diff finds, as a script for any session on B: each a line. Used by
 * one thread at a time.
 */
public final class MendingScript {
  /** So that no transaction is too large. */
  private static final int TOGETHER = 100;

  private final Consumer<String> lines;
  private MendingSession session;
  private int inTransaction;

  public MendingScript(Consumer<String> lines) {
    this.lines = lines;
  }

  /** Adds what mends a row, if it can be mended. */
  public void add(DifferentRow row) {
    if (row.mendable()) {
      row.mendingSql().ifPresent(sql -> add(row.mendingSession(), sql));
    }
  }

  private void add(MendingSession of, String sql) {
    if (session == null) {
      session = of;
      lines.accept("-- To be run on B. Rows may have changed since they were compared.");
      session.remarks().forEach(remark -> lines.accept("-- " + remark));
      session.settings().forEach(this::statement);
    }
    if (inTransaction == 0) {
      // Also without a mark: the session may be one that commits nothing by itself.
      statement("START TRANSACTION");
      session.mark().forEach(this::statement);
    }
    statement(sql);
    inTransaction++;
    if (inTransaction == TOGETHER) {
      end();
    }
  }

  /** After the last row; may be called again. */
  public void end() {
    if (inTransaction > 0) {
      statement("COMMIT");
    }
    inTransaction = 0;
  }

  private void statement(String sql) {
    lines.accept(sql + ";");
  }
}
