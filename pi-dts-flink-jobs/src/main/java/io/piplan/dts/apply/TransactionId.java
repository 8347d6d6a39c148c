package io.piplan.dts.apply;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Names a transaction of two phases after its sync and writer, so that a later run finds what an
 * earlier one left prepared: {@code pi:<sync>/<writers>.<writer>.<random>}. The part before the
 * slash is MySQL's gtrid, the rest its bqual; both have 64 bytes.
 */
final class TransactionId {
  private TransactionId() {}

  /** What the ids of all writers of a sync start with. */
  static String prefix(String schema, String sync) {
    String name = schema + "/" + sync;
    UUID hash = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    return "pi:" + hash.toString().replace("-", "") + "/";
  }

  static String next(String prefix, ProgressTable.Owner owner) {
    return prefix
        + owner.writers()
        + "."
        + owner.writer()
        + "."
        + UUID.randomUUID().toString().replace("-", "");
  }
}
