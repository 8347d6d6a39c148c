package io.piplan.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * How to start a MySQL or MariaDB server.
 *
 * @param serverId the replication id, also what tells two servers of a sync apart
 * @param password of {@code root}
 * @param durable whether a commit survives a machine crash ({@code
 *     innodb_flush_log_at_trx_commit=1}, {@code sync_binlog=1}); a killed process loses nothing
 *     either way
 * @param arguments further ones for the server; they win over the ones set here
 */
public record MySqlOptions(int serverId, String password, boolean durable, List<String> arguments) {
  public MySqlOptions {
    if (serverId < 1) {
      throw new IllegalArgumentException("server id " + serverId + ", expected 1 or more");
    }
    Objects.requireNonNull(password, "password");
    arguments = List.copyOf(arguments);
  }

  /** Server id 1, a random password, not durable. */
  public static MySqlOptions defaults() {
    return new MySqlOptions(1, UUID.randomUUID().toString(), false, List.of());
  }

  public MySqlOptions withServerId(int id) {
    return new MySqlOptions(id, password, durable, arguments);
  }

  public MySqlOptions withPassword(String secret) {
    return new MySqlOptions(serverId, secret, durable, arguments);
  }

  public MySqlOptions asDurable() {
    return new MySqlOptions(serverId, password, true, arguments);
  }

  /** Adds an argument, e.g. {@code --binlog-row-image=MINIMAL}. */
  public MySqlOptions withArgument(String argument) {
    List<String> all = new ArrayList<>(arguments);
    all.add(argument);
    return new MySqlOptions(serverId, password, durable, all);
  }

  /** A random password instead of printing one. */
  @Override
  public String toString() {
    return "MySqlOptions[serverId=" + serverId + ", durable=" + durable + ", " + arguments + "]";
  }

  /** What MariaDB and MySQL both understand. */
  List<String> common(int port) {
    List<String> all = new ArrayList<>();
    all.add("--bind-address=127.0.0.1");
    all.add("--port=" + port);
    all.add("--server-id=" + serverId);
    all.add("--log-bin=binlog");
    all.add("--binlog-format=ROW");
    all.add("--binlog-row-image=FULL");
    all.add("--character-set-server=utf8mb4");
    all.add("--default-time-zone=+00:00");
    all.add("--skip-name-resolve");
    all.add("--local-infile=1");
    all.add("--max-allowed-packet=64M");
    all.add("--max-connections=300");
    all.add("--secure-file-priv=");
    all.add("--innodb-flush-log-at-trx-commit=" + (durable ? 1 : 2));
    all.add("--sync-binlog=" + (durable ? 1 : 0));
    return all;
  }
}
