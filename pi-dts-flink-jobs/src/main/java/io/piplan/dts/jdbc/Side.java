package io.piplan.dts.jdbc;

import io.piplan.dts.DtsError;

/** Which end of a sync a server is; decides whose fault an error is. */
public enum Side {
  SOURCE(DtsError.SOURCE_UNREACHABLE, DtsError.SOURCE_ACCESS_DENIED, DtsError.SOURCE_TLS),
  TARGET(DtsError.TARGET_UNREACHABLE, DtsError.TARGET_ACCESS_DENIED, DtsError.TARGET_TLS);

  private final DtsError unreachable;
  private final DtsError accessDenied;
  private final DtsError tls;

  Side(DtsError unreachable, DtsError accessDenied, DtsError tls) {
    this.unreachable = unreachable;
    this.accessDenied = accessDenied;
    this.tls = tls;
  }

  public DtsError unreachable() {
    return unreachable;
  }

  public DtsError accessDenied() {
    return accessDenied;
  }

  /** Encryption is wanted and can't be had, or the server is not who it should be. */
  public DtsError tls() {
    return tls;
  }
}
