package io.piplan.proxy.admin;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * What is written down of statements.
 *
 * @param slowLog null: none
 * @param auditLog null: none
 * @param digests how many statements are told apart in the statistics; 0: there are none
 */
public record JournalSettings(SlowLog slowLog, AuditLog auditLog, int digests) {
  public static final JournalSettings NONE = new JournalSettings(null, null, 0);

  /**
   * Statements that took long.
   *
   * @param values whether statements are written with their values
   */
  public record SlowLog(Path file, Duration longerThan, boolean values) {
    public SlowLog {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(longerThan, "longerThan");
    }
  }

  /** Who came and went, and what he did. */
  public record AuditLog(Path file, Audited statements, boolean values) {
    public AuditLog {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(statements, "statements");
    }
  }

  /** Which statements are written to the audit log. */
  public enum Audited {
    NONE,
    /** All but those that only read. */
    CHANGES,
    ALL
  }

  /** Whether statements are looked at. */
  public boolean looksAtStatements() {
    return slowLog != null
        || digests > 0
        || (auditLog != null && auditLog.statements() != Audited.NONE);
  }
}
