package io.piplan.proxy.server;

/**
 * Who may log in at the proxy.
 *
 * @param password as bytes of UTF-8; never printed
 * @param plugin how the user logs in
 */
public record ProxyUser(String name, byte[] password, String plugin) {
  @Override
  public String toString() {
    return name;
  }
}
