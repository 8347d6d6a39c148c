package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.PayloadReader;
import java.util.ArrayList;
import java.util.List;

/** Cuts a text into its statements, for clients that may send several. */
final class StatementCut {
  private static final int ON = 0;
  private static final int OFF = 1;

  /** What COM_SET_OPTION said; null if what was agreed on at the login counts. */
  private Boolean several;

  /** COM_SET_OPTION. */
  void option(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload, "COM_SET_OPTION");
    in.skip(1);
    int option = in.u2();
    if (option != ON && option != OFF) {
      throw new ProxyException(
          ProxyError.UNKNOWN_COMMAND,
          "COM_SET_OPTION: found " + option + ", expected 0 or 1 (several statements on, off)");
    }
    several = option == ON;
  }

  void reset() {
    several = null;
  }

  /** The statements of a text, or the text itself if it is to be one. */
  List<String> statements(String sql, int capabilities) {
    boolean cuts =
        several == null ? Capability.has(capabilities, Capability.MULTI_STATEMENTS) : several;
    if (!cuts || sql.indexOf(';') < 0) {
      return List.of(sql);
    }
    List<String> statements = new ArrayList<>();
    int from = -1;
    int to = 0;
    for (Token token : Tokens.of(sql)) {
      if (token.is(";")) {
        if (from >= 0) {
          statements.add(sql.substring(from, to));
        }
        from = -1;
      } else {
        from = from < 0 ? token.begin() : from;
        to = token.end();
      }
    }
    if (from >= 0) {
      statements.add(sql.substring(from, to));
    }
    // Comments before a statement may be hints: they stay with a text that is one.
    return statements.size() <= 1 ? List.of(sql) : statements;
  }
}
