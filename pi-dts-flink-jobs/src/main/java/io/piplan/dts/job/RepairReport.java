package io.piplan.dts.job;

import io.piplan.dts.verify.DiffReport;
import java.util.List;

/**
 * What a repair has done. A record of plain values, so that any JSON mapper can write it.
 *
 * @param before what differed
 * @param lockedRows rows that were locked, and have been written and released
 * @param mendedRows rows written again
 * @param removedRows rows deleted that only the target had
 * @param refused rows that the target refused, with its reasons; those that stay locked too
 * @param notOurs between sites: rows of other zones that differ, which were left alone
 * @param after what still differs
 */
public record RepairReport(
    DiffReport before,
    long lockedRows,
    long mendedRows,
    long removedRows,
    List<String> refused,
    List<String> notOurs,
    DiffReport after) {
  public RepairReport {
    refused = List.copyOf(refused);
    notOurs = List.copyOf(notOurs);
  }
}
