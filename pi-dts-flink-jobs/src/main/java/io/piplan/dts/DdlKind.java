package io.piplan.dts;

import java.util.Locale;

/** The ways in which a statement can change tables, each with a policy of its own. */
public enum DdlKind {
  ADD_COLUMN(false, DdlAction.STOP, "A column is added."),
  DROP_COLUMN(true, DdlAction.STOP, "A column is dropped."),
  RENAME_COLUMN(false, DdlAction.STOP, "A column gets another name."),
  MODIFY_COLUMN(
      false,
      DdlAction.STOP,
      "A column gets another type, default or place, and every value that it could hold still fits."),
  NARROW_COLUMN(
      true, DdlAction.STOP, "A column gets a type that can't hold every value of the one before."),
  ADD_INDEX(false, DdlAction.IGNORE, "An index or key is added or renamed."),
  DROP_INDEX(false, DdlAction.IGNORE, "An index or key is dropped."),
  CREATE_TABLE(false, DdlAction.EVOLVE, "A table is made that the sync takes."),
  DROP_TABLE(true, DdlAction.STOP, "A table is dropped."),
  RENAME_TABLE(false, DdlAction.STOP, "A table gets another name."),
  TRUNCATE_TABLE(true, DdlAction.STOP, "A table is emptied, or partitions of it are.");

  private final boolean destructive;
  private final DdlAction usual;
  private final String meaning;

  DdlKind(boolean destructive, DdlAction usual, String meaning) {
    this.destructive = destructive;
    this.usual = usual;
    this.meaning = meaning;
  }

  /** Whether it takes values away, so that it is followed only if asked for by its own name. */
  public boolean destructive() {
    return destructive;
  }

  /** What becomes of it where nothing is said. */
  public DdlAction usual() {
    return usual;
  }

  public String meaning() {
    return meaning;
  }

  /** As options write it, e.g. {@code add-column}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
