package io.piplan.dts.verify;

import java.util.List;
import java.util.Optional;

/**
 * A sync that writes a table, and which server it was reading last, as its target tells it. Sites
 * of one mesh have the same tables, so several syncs may bring a table of one name, each from a
 * server whose places mean nothing in the binlog of another.
 *
 * @param server what the server says of itself; null in the tables of a release that did not keep
 *     it
 * @param address where it was
 */
record FeedingSync(String name, String server, String address) {
  /** Under which name {@code pi_dts_control} has the server: timeline, server, address. */
  static final String SOURCE = "#source";

  static FeedingSync parse(String name, String source) {
    String[] parts = source == null ? new String[0] : source.split(" ", 3);
    return parts.length == 3
        ? new FeedingSync(name, parts[1], parts[2])
        : new FeedingSync(name, null, null);
  }

  /**
   * The first that reads this server; of those whose server is not known, if none does.
   *
   * @param identity what the server says of itself
   */
  static Optional<FeedingSync> from(List<FeedingSync> syncs, String identity, String address) {
    List<FeedingSync> alike = syncs.stream().filter(one -> identity.equals(one.server)).toList();
    if (alike.isEmpty()) {
      return syncs.stream().filter(one -> one.server == null).findFirst();
    }
    // A MariaDB is known by its server id only, which another one may have too. An address may be
    // written in several ways.
    boolean one = alike.stream().map(FeedingSync::address).distinct().count() == 1;
    return one || identity.startsWith("uuid:")
        ? Optional.of(alike.get(0))
        : alike.stream().filter(sync -> address.equals(sync.address)).findFirst();
  }
}
