package io.piplan.dts.job;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Limits of a copy as they were changed while it ran, which stay through restarts.
 *
 * @param defined what the definition says now
 * @param controls what is stored on the target by {@link CopyLimit#option}, beside other things
 */
record ChangedLimits(CopyLimits defined, Map<String, String> controls) {

  private boolean isChanged(CopyLimit limit) {
    String value = controls.get(limit.option());
    return value != null && !value.equals(CopyLimit.AS_DEFINED);
  }

  /** The definition's, with what was changed. */
  CopyLimits now() {
    CopyLimits limits = defined;
    for (CopyLimit limit : CopyLimit.values()) {
      if (isChanged(limit)) {
        limits = limits.with(limit, controls.get(limit.option()));
      }
    }
    return limits;
  }

  /** Those that the definition sets, and that are something else since. */
  List<CopyLimit> hidden() {
    CopyLimits now = now();
    return Arrays.stream(CopyLimit.values())
        .filter(limit -> !defined.value(limit).equals(CopyLimits.NONE.value(limit)))
        .filter(limit -> !defined.value(limit).equals(now.value(limit)))
        .toList();
  }
}
