package io.piplan.dts.apply;

/** Why a change was not applied. */
public enum ConflictKind {
  /** The target's row is not what the source's row was before the change. */
  ROW_DIFFERS,
  /** The target has no row where the source changed or deleted one. */
  ROW_MISSING,
  /** The target has a row where the source inserted one. */
  ROW_EXISTS,
  /** Another sync has locked the target's row. */
  LOCKED,
  /** The change comes from a zone that does not own the row. */
  NOT_OWNER,
  /** The target refuses the change while other rows of the table are locked. */
  REFUSED
}
