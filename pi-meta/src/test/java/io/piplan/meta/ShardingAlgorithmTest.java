package io.piplan.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ShardingAlgorithmTest {
  private static OptionalInt number(ShardingAlgorithm algorithm, String... key) {
    List<byte[]> values = new ArrayList<>();
    Arrays.stream(key)
        .forEach(v -> values.add(v == null ? null : v.getBytes(StandardCharsets.UTF_8)));
    return algorithm.number(values);
  }

  @Property
  void modIsTheRemainderOfAnyWholeNumber(
      @ForAll BigInteger value, @ForAll @IntRange(min = 1, max = 1024) int count) {
    assertThat(number(new ModAlgorithm(count), value.toString()))
        .hasValue(value.mod(BigInteger.valueOf(count)).intValue());
  }

  @Property
  void everyTextHasAHashBelowTheCount(
      @ForAll @Size(min = 1, max = 3) List<String> key,
      @ForAll @IntRange(min = 1, max = 1024) int count) {
    assertThat(number(new HashAlgorithm(count), key.toArray(String[]::new)).orElse(-1))
        .isBetween(0, count - 1);
  }

  @Property
  void aNumbersHashIsThatOfItsTextWhateverTheColumnType(@ForAll int value) {
    HashAlgorithm hash = new HashAlgorithm(64);
    OptionalInt asInt = number(hash, Integer.toString(value));
    assertThat(number(hash, value + ".00")).isEqualTo(asInt);
    assertThat(number(hash, value + ".50")).isEqualTo(number(hash, value + ".5"));
  }

  /** These were given out, and must stay; any MySQL server computes the same by CRC32(). */
  @Example
  void publishedHashes() {
    HashAlgorithm hash = new HashAlgorithm(65_536);
    // CRC32('MySQL') is 3259397556: the example in MySQL's manual.
    assertThat(number(hash, "MySQL")).hasValue((int) (3_259_397_556L % 65_536));
    assertThat(number(hash, "5")).hasValue((int) (2_226_203_566L % 65_536));
    assertThat(number(hash, "a", "b")).isNotEqualTo(number(hash, "ab"));
    assertThat(number(hash, "a", "b")).isNotEqualTo(number(hash, "b", "a"));
    assertThat(number(hash, "abc")).isNotEqualTo(number(hash, "ABC"));
  }

  @Example
  void hashSpreads() {
    HashAlgorithm hash = new HashAlgorithm(8);
    int[] counts = new int[8];
    for (int i = 0; i < 8000; i++) {
      counts[number(hash, "customer-" + i).orElseThrow()]++;
    }
    assertThat(Arrays.stream(counts).boxed()).allMatch(count -> count > 850 && count < 1150);
  }

  @Example
  void bytesOfBinaryColumnsHash() {
    byte[] uuid = {(byte) 0xff, 0, 1, (byte) 0x80};
    assertThat(new HashAlgorithm(16).number(List.of(uuid))).isPresent();
  }

  @Example
  void whatIsNoNumberHasNone() {
    ModAlgorithm mod = new ModAlgorithm(4);
    assertThat(number(mod, "a")).isEmpty();
    assertThat(number(mod, "")).isEmpty();
    assertThat(number(mod, "-")).isEmpty();
    assertThat(number(mod, "1.5")).isEmpty();
    assertThat(number(mod, new String[] {null})).isEmpty();
    assertThat(number(new HashAlgorithm(4), "a", null)).isEmpty();
    assertThat(number(mod, "-1")).hasValue(3);
    assertThat(number(mod, "6.00")).hasValue(2);
    assertThat(number(mod, "18446744073709551615")).hasValue(3);
  }

  @Example
  void ranges() {
    RangeAlgorithm range =
        new RangeAlgorithm(
            List.of(
                new RangeAlgorithm.Range(new BigDecimal("100"), 2),
                new RangeAlgorithm.Range(new BigDecimal("200.5"), 0)));
    assertThat(number(range, "-7")).hasValue(2);
    assertThat(number(range, "99")).hasValue(2);
    assertThat(number(range, "100")).hasValue(0);
    assertThat(number(range, "200.4")).hasValue(0);
    assertThat(number(range, "200.5")).isEmpty();
    assertThat(number(range, "x")).isEmpty();
    assertThat(number(range, new String[] {null})).isEmpty();
    assertThat(range.count()).isEqualTo(3);
    RangeAlgorithm open = new RangeAlgorithm(List.of(new RangeAlgorithm.Range(null, 1)));
    assertThat(number(open, "999999999999999999999")).hasValue(1);
  }

  @Example
  void lists() {
    ListAlgorithm closed = new ListAlgorithm(Map.of("north", 0, "south", 3, "7", 1), -1);
    assertThat(number(closed, "south")).hasValue(3);
    assertThat(number(closed, "7.0")).hasValue(1);
    assertThat(number(closed, "South")).isEmpty();
    assertThat(number(closed, new String[] {null})).isEmpty();
    assertThat(closed.count()).isEqualTo(4);
    assertThat(number(new ListAlgorithm(Map.of("north", 0), 5), "west")).hasValue(5);
  }
}
