package io.piplan.dal.session;

/** The rules, pools and transactions that all sessions share. */
public interface DalEngine extends AutoCloseable {

  /**
   * A new client's session, on the rules of this moment.
   *
   * @param schema the first current schema; null for none
   */
  DalSession session(String schema);

  @Override
  void close();
}
