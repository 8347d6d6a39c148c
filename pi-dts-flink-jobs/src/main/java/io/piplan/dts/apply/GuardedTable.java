package io.piplan.dts.apply;

/**
 * A table with what its guard goes by.
 *
 * @param version null if the table has none
 * @param match null for a table without a key
 */
record GuardedTable(AppliedTable table, VersionColumn version, RowMatch match) {
  static GuardedTable of(AppliedTable table, GuardOptions options) {
    VersionColumn version = options.versions().column(table.mapping()).orElse(null);
    return new GuardedTable(
        table,
        version,
        table.mapping().appendOnly()
            ? null
            : new RowMatch(table.mapping(), version, options.zeroDatesAreNull()));
  }

  TableMapping mapping() {
    return table.mapping();
  }

  boolean hasKey() {
    return match != null;
  }

  boolean hasVersion() {
    return version != null;
  }
}
