package io.piplan.dts.apply;

import io.piplan.dts.Column;
import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Short names for the keys of rows, by which the {@code pi_dts_*} tables find them. */
public final class RowIdentity {
  private static final int BYTES = 16;

  private RowIdentity() {}

  /**
   * Equal for keys that any collation may hold equal. So two rows may share a lock, but a row never
   * has two.
   */
  public static String lock(TableSchema schema, Row row) {
    return hash(digest("MD5"), schema, row, true);
  }

  /**
   * Equal for keys that are spelt the same. Triggers of sites make it in SQL, and no SQL of MySQL
   * has MD5 any more.
   */
  public static String exact(TableSchema schema, Row row) {
    return hash(digest("SHA-256"), schema, row, false);
  }

  private static String hash(MessageDigest digest, TableSchema schema, Row row, boolean folded) {
    for (int index : schema.keyIndexes()) {
      Column column = schema.columns().get(index);
      byte[] value = row.value(index);
      if (value != null && folded && column.type().isCollated()) {
        value = Lanes.fold(column, value).getBytes(StandardCharsets.UTF_8);
      }
      int length = value == null ? -1 : value.length;
      for (int shift = 24; shift >= 0; shift -= 8) {
        digest.update((byte) (length >> shift));
      }
      if (value != null) {
        digest.update(value);
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + name, e);
    }
  }
}
