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
  private RowIdentity() {}

  /**
   * Equal for keys that any collation may hold equal. So two rows may share a lock, but a row never
   * has two.
   */
  public static String lock(TableSchema schema, Row row) {
    return hash(schema, row, true);
  }

  /** Equal for keys that are spelt the same. */
  public static String exact(TableSchema schema, Row row) {
    return hash(schema, row, false);
  }

  private static String hash(TableSchema schema, Row row, boolean folded) {
    MessageDigest digest = md5();
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
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }
}
