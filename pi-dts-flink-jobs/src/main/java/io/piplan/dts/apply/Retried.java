package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What became of refused changes that were tried again.
 *
 * @param applied how many went through
 * @param notTried tables whose changes could not be tried at all
 */
public record Retried(long applied, List<NotTried> notTried) {
  private static final Set<DtsError> OF_ONE_TABLE =
      EnumSet.of(
          DtsError.SOURCE_MISSING_TABLE, DtsError.TARGET_MISSING_TABLE, DtsError.TARGET_MISMATCH);

  public Retried {
    notTried = List.copyOf(notTried);
  }

  /**
   * A table whose changes stay as they are.
   *
   * @param changes how many
   * @param reason what is wrong with the table, and what to do about it
   */
  public record NotTried(TableId table, long changes, String reason) {}

  /** Whether a failure says nothing of other tables: those are tried all the same. */
  public static boolean isOfOneTable(DtsException failure) {
    return OF_ONE_TABLE.contains(failure.error());
  }
}
