package io.piplan.proxy.node;

/** Who has a connection of a pool, or had it last. */
public interface NodeUser {
  /** The idle connection is given to somebody else. */
  void connectionTaken(NodeConnection connection);

  /** It is gone, whether in use or idle. */
  void connectionLost(NodeConnection connection);
}
