package io.piplan.dts.loopback;

import java.util.Objects;

/**
 * What becomes of a change, and why.
 *
 * @param detail for a conflict, the reason in words; else empty
 */
public record Verdict(Reason reason, String detail) {
  /** What becomes of a change. */
  public enum Action {
    /** It goes to the other site. */
    SEND,
    /** It stays here, which is as it should be. */
    KEEP,
    /** It should not be: it is recorded at the other site, and not applied. */
    CONFLICT
  }

  /** Why. */
  public enum Reason {
    /** This site wrote it, and may. */
    OURS(Action.SEND),
    /** The row's version says that another site wrote it. */
    FOREIGN(Action.KEEP),
    /** Only the lock bit of the row's version changed: no app did that. */
    LOCK(Action.KEEP),
    /** The table has no column for versions yet, so that nobody can tell whose its rows are. */
    NO_COLUMN(Action.KEEP),
    /** Nobody gave the row a version for this change. */
    NO_VERSION(Action.CONFLICT),
    /** The columns of the ZSKey don't decide a site. */
    NO_ZSID(Action.CONFLICT),
    /** Another site owns the row. */
    NOT_OWNER(Action.CONFLICT);

    private final Action action;

    Reason(Action action) {
      this.action = action;
    }

    public Action action() {
      return action;
    }
  }

  static final Verdict OURS = new Verdict(Reason.OURS, "");
  static final Verdict FOREIGN = new Verdict(Reason.FOREIGN, "");
  static final Verdict LOCK = new Verdict(Reason.LOCK, "");
  static final Verdict NO_COLUMN = new Verdict(Reason.NO_COLUMN, "");

  public Verdict {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(detail, "detail");
  }

  public Action action() {
    return reason.action();
  }
}
