package io.piplan.dts.jdbc;

import io.piplan.dts.DtsError;

/** Which end of a sync a server is; decides whose fault an error is. */
public enum Side {
  SOURCE(DtsError.SOURCE_UNREACHABLE, DtsError.SOURCE_ACCESS_DENIED),
  TARGET(DtsError.TARGET_UNREACHABLE, DtsError.TARGET_ACCESS_DENIED);

  private final DtsError unreachable;
  private final DtsError accessDenied;

  Side(DtsError unreachable, DtsError accessDenied) {
    this.unreachable = unreachable;
    this.accessDenied = accessDenied;
  }

  public DtsError unreachable() {
    return unreachable;
  }

  public DtsError accessDenied() {
    return accessDenied;
  }
}
