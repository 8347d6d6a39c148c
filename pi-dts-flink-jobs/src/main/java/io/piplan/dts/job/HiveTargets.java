package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;

/** What is not there for a sync to Hive, said so before anything is asked of it. */
final class HiveTargets {
  private HiveTargets() {}

  /** Rows are written into a log, and none of them is ever written again. */
  static void refuseMending(String sync, DatabaseServer target) {
    if (target instanceof HiveServer) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "sync "
              + sync
              + " goes to a Hive, where no rows are mended or copied again beside the"
              + " changes",
          "see what is the matter: bin/pi why, bin/pi diff. Try refused changes again: bin/pi sync"
              + " retry "
              + sync
              + ". A row comes anew with its next change at the source; to copy all tables anew:"
              + " bin/pi sync start FILE --fresh");
    }
  }

  /** Rows are not compared before they are written, so none is ever locked. */
  static void refuseLocks(String sync, DatabaseServer target) {
    if (target instanceof HiveServer) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "sync " + sync + " goes to a Hive, where there are no conflicts and no locked rows",
          "changes that Hive could not take are counted by bin/pi sync status "
              + sync
              + " and tried again by bin/pi sync retry "
              + sync
              + "; bin/pi why tells of one row");
    }
  }
}
