package io.piplan.dts.check;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetReview;
import io.piplan.dts.sql.SyncOptions.ZeroDates;
import java.util.Locale;

/** Says what becomes of each column. Asks nothing itself. */
final class TypeChecks {
  private final DatabaseServer target;
  private final ZeroDates zeroDates;
  private final boolean sourceMayHoldZeroDates;
  private final boolean followed;
  private final Findings findings;

  /**
   * @param sourceModes sql_mode of the source
   * @param followed whether the target may still be as the source was when the sync stopped
   */
  TypeChecks(
      DatabaseServer target,
      ZeroDates zeroDates,
      String sourceModes,
      boolean followed,
      Findings findings) {
    this.target = target;
    this.zeroDates = zeroDates;
    this.sourceMayHoldZeroDates = mayHoldZeroDates(sourceModes);
    this.followed = followed;
    this.findings = findings;
  }

  static boolean mayHoldZeroDates(String modes) {
    String all = "," + modes.toUpperCase(Locale.ROOT) + ",";
    boolean strict = all.contains(",STRICT_TRANS_TABLES,") || all.contains(",STRICT_ALL_TABLES,");
    return !(strict && all.contains(",NO_ZERO_DATE,") && all.contains(",NO_ZERO_IN_DATE,"));
  }

  void run(TableDefinition source, String targetTable, TargetReview review) {
    Subject from = new Subject("", source.schema().id().toString(), "");
    Subject on = new Subject(target.address(), from.table(), "");
    Subject there = new Subject(target.address(), targetTable, "");
    review
        .mismatches()
        .forEach(
            mismatch -> {
              Subject column = there.column(mismatch.column());
              if (followed) {
                findings.warning(
                    CheckCode.TARGET_COLUMN,
                    column,
                    mismatch.message()
                        + "; if the source's table was changed since the sync stopped, it is"
                        + " followed as 'ddl' says",
                    "");
              } else {
                findings.error(
                    CheckCode.TARGET_COLUMN, column, mismatch.message(), mismatch.remedy());
              }
            });
    review.losses().forEach(loss -> loss(there, loss));
    review.notes().forEach(note -> findings.info(CheckCode.TARGET_DDL, there, note, ""));
    collations(source, there);
    if (review.mismatches().isEmpty()) {
      int whole = source.schema().columns().size() - review.losses().size();
      findings.ok(
          CheckCode.TYPE_LOSS,
          there,
          whole
              + " of "
              + source.schema().columns().size()
              + " columns of "
              + on.table()
              + " map without loss"
              + (review.exists() ? " to the table that is there" : "; the table is made"));
    }
  }

  private void loss(Subject table, TargetReview.Loss loss) {
    Column column = loss.source();
    Subject subject = table.column(column.name());
    String becomes = column.columnType() + " becomes " + loss.to();
    if (!(target instanceof MySqlServer) && column.type().isDate()) {
      zeroDates(subject, column, becomes);
      return;
    }
    findings.info(
        CheckCode.TYPE_LOSS,
        subject,
        loss.lost().isEmpty()
            ? becomes + ", which holds every value"
            : becomes + "; lost: " + loss.lost(),
        "");
  }

  private void zeroDates(Subject subject, Column column, String becomes) {
    String policy = "'zero-dates' = '" + zeroDates.name().toLowerCase(Locale.ROOT) + "'";
    if (zeroDates == ZeroDates.NULL && column.nullable()) {
      findings.info(
          CheckCode.TYPE_LOSS, subject, becomes + "; zero dates become NULL (" + policy + ")", "");
    } else if (!sourceMayHoldZeroDates) {
      findings.info(
          CheckCode.TYPE_LOSS,
          subject,
          becomes + "; zero dates would be bad rows, but the source's sql_mode refuses them",
          "");
    } else {
      findings.warning(
          CheckCode.TYPE_LOSS,
          subject,
          becomes
              + ", which has no zero dates: a row that has one, which the source's sql_mode allows,"
              + " is a bad row"
              + (zeroDates == ZeroDates.NULL
                  ? " since the column is NOT NULL"
                  : " (" + policy + ")"),
          zeroDates == ZeroDates.NULL
              ? "correct the values at the source, or let the target's column be NULL"
              : "'zero-dates' = 'null', or correct the values at the source and let its sql_mode"
                  + " have NO_ZERO_DATE and NO_ZERO_IN_DATE");
    }
  }

  /** PostgreSQL and Hive tell apart what most collations of MySQL do not. */
  private void collations(TableDefinition source, Subject table) {
    if (target instanceof MySqlServer) {
      return;
    }
    for (String name : source.schema().key()) {
      Column column = source.schema().column(name).orElseThrow();
      boolean text =
          column.type() == ColumnType.CHAR
              || column.type() == ColumnType.VARCHAR
              || column.type() == ColumnType.TEXT;
      if (text && column.collation() != null && !column.collation().endsWith("_bin")) {
        findings.info(
            CheckCode.KEY_COLLATION,
            table.column(column.name()),
            "the key compares by "
                + column.collation()
                + " at the source and exactly on the target: look rows up as they are spelled",
            "");
      }
    }
  }
}
