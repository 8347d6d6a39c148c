package io.piplan.dal;

/** How the payloads of a stream's rows are written. */
public enum RowFormat {
  /** As in answers to COM_QUERY: each value a length-encoded string, 0xFB for NULL. */
  TEXT,
  /** As in answers to COM_STMT_EXECUTE. */
  BINARY
}
