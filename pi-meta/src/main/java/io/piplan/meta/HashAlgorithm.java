package io.piplan.meta;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/**
 * CRC-32 of the text, modulo. It doesn't depend on the column's type or character set: INT 5,
 * DECIMAL 5.00 and text '5' have the same number. Text counts as it is stored: 'a' and 'A' are two
 * keys. Several columns are joined by a zero byte. In SQL: {@code CRC32(CONCAT_WS('\0', a, b)) %
 * n}, the columns converted to utf8mb4.
 */
public record HashAlgorithm(int count) implements ShardingAlgorithm {
  public HashAlgorithm {
    if (count < 1) {
      throw new IllegalArgumentException("hash into " + count);
    }
  }

  @Override
  public String type() {
    return "hash";
  }

  @Override
  public boolean takesSeveralColumns() {
    return true;
  }

  @Override
  public OptionalInt number(List<byte[]> key) {
    CRC32 crc = new CRC32();
    for (int i = 0; i < key.size(); i++) {
      if (key.get(i) == null) {
        return OptionalInt.empty();
      }
      if (i > 0) {
        crc.update(0);
      }
      byte[] value = key.get(i);
      crc.update(
          KeyText.hasFraction(value) ? KeyText.of(value).getBytes(StandardCharsets.UTF_8) : value);
    }
    return OptionalInt.of((int) (crc.getValue() % count));
  }
}
