package io.piplan.proxy.server;

import io.piplan.proxy.rights.UserRights;

/**
 * Who may log in at the proxy.
 *
 * @param password as bytes of UTF-8; never printed
 * @param plugin how the user logs in
 * @param rights null: all those of the nodes' accounts
 * @param admin whether he may end other users' sessions, reload, and see and mend what is
 *     everybody's
 * @param connections the most that he may have at a time; 0: as many as all together may
 */
public record ProxyUser(
    String name,
    byte[] password,
    String plugin,
    UserRights rights,
    boolean admin,
    int connections) {

  /** With a name that nobody has. */
  static ProxyUser unknown(String name, byte[] password, String plugin) {
    return new ProxyUser(name, password, plugin, null, false, 0);
  }

  @Override
  public String toString() {
    return name;
  }
}
