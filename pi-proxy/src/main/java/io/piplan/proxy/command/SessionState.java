package io.piplan.proxy.command;

import io.piplan.proxy.node.SessionSettings;
import io.piplan.proxy.protocol.ServerStatus;
import java.util.HashMap;
import java.util.Map;

/** What a client's session is: what another connection needs to take its place, if one can. */
public final class SessionState {
  private String schema;
  private SessionSettings settings = SessionSettings.NONE;
  private String pin;
  private long lastInsertId;
  private boolean inTransaction;
  private boolean autocommit = true;
  private final Map<Integer, Boolean> prepared = new HashMap<>();

  public String schema() {
    return schema;
  }

  public void schema(String name) {
    schema = name;
  }

  public SessionSettings settings() {
    return settings;
  }

  void add(SessionSettings.Setting setting) {
    settings = settings.with(setting);
    if (settings.isTooLong()) {
      pin("more than " + SessionSettings.MAX + " SET statements");
    }
  }

  /** From now on the session keeps its connection; the first reason stays. */
  public void pin(String why) {
    if (pin == null) {
      pin = why;
    }
  }

  /** Why the session keeps its connection between statements; null if it needn't. */
  public String keepsConnection() {
    if (inTransaction) {
      return "a transaction";
    }
    if (!prepared.isEmpty()) {
      return prepared.size() + " prepared statements";
    }
    return pin;
  }

  /** Whether what it did to its connection can't be said by settings and schema alone. */
  public boolean leavesTraces() {
    return pin != null || !prepared.isEmpty() || inTransaction;
  }

  public long lastInsertId() {
    return lastInsertId;
  }

  void lastInsertId(long id) {
    lastInsertId = id;
  }

  public boolean inTransaction() {
    return inTransaction;
  }

  public boolean autocommit() {
    return autocommit;
  }

  /** What the node has said of the session at the end of a response. */
  public void status(int status) {
    inTransaction = ServerStatus.has(status, ServerStatus.IN_TRANSACTION);
    autocommit = ServerStatus.has(status, ServerStatus.AUTOCOMMIT);
  }

  /** By their numbers; whether they only read. */
  Map<Integer, Boolean> prepared() {
    return prepared;
  }

  /** Whether nothing can be done by a statement that was prepared but giving its rows. */
  public boolean onlyReads(int statement) {
    return prepared.getOrDefault(statement, false);
  }

  /** As after a new login; the schema stays. */
  public void reset() {
    settings = SessionSettings.NONE;
    pin = null;
    lastInsertId = 0;
    inTransaction = false;
    autocommit = true;
    prepared.clear();
  }
}
