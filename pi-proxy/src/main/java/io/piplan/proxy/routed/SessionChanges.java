package io.piplan.proxy.routed;

import io.piplan.dal.session.DalSession;
import io.piplan.proxy.protocol.SessionChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What a statement has changed in its session, for clients that track it. */
final class SessionChanges {
  /** Those that servers tell of if nobody asks for others, and the isolation level. */
  private static final Set<String> TOLD = Set.of("time_zone", "transaction_isolation");

  private final DalSession session;
  private String schema;
  private boolean autocommit;
  private Map<String, String> variables;
  private boolean namesSet;

  SessionChanges(DalSession session) {
    this.session = session;
    remember();
  }

  private void remember() {
    schema = session.schema();
    autocommit = session.autocommit();
    variables = session.ownVariables();
    namesSet = false;
  }

  /** A SET NAMES was run, after which all character sets are UTF-8. */
  void namesSet() {
    namesSet = true;
  }

  /** What has changed since the last call, or since the beginning. */
  List<SessionChange> since() {
    List<SessionChange> changes = new ArrayList<>();
    if (session.autocommit() != autocommit) {
      changes.add(new SessionChange.Variable("autocommit", session.autocommit() ? "ON" : "OFF"));
    }
    session
        .ownVariables()
        .forEach(
            (name, value) -> {
              if (TOLD.contains(name) && !value.equals(variables.get(name)) && isText(value)) {
                changes.add(
                    new SessionChange.Variable(name, value.substring(1, value.length() - 1)));
              }
            });
    if (namesSet) {
      for (String of : List.of("client", "connection", "results")) {
        changes.add(new SessionChange.Variable("character_set_" + of, "utf8mb4"));
      }
    }
    if (session.schema() != null && !Objects.equals(session.schema(), schema)) {
      changes.add(new SessionChange.Schema(session.schema()));
    }
    remember();
    return changes;
  }

  /** What an expression or DEFAULT comes to only the nodes know. */
  private static boolean isText(String value) {
    return value.length() >= 2 && value.matches("'[^'\\\\]*'|\"[^\"\\\\]*\"");
  }
}
