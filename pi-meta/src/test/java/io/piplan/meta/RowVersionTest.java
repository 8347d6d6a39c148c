package io.piplan.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class RowVersionTest {
  @Provide
  Arbitrary<RowVersion> versions() {
    return Combinators.combine(
            Arbitraries.integers().between(0, Zone.MAX_ID),
            Arbitraries.longs().between(0, RowVersion.MAX_CLOCK),
            Arbitraries.of(true, false))
        .as(RowVersion::new);
  }

  @Property
  void whatIsEncodedIsDecoded(@ForAll("versions") RowVersion version) {
    assertThat(version.encode()).isNotNegative();
    assertThat(RowVersion.decode(version.encode())).isEqualTo(version);
  }

  @Property
  void eachPositiveNumberIsOneVersion(@ForAll @LongRange(min = 0) long value) {
    assertThat(RowVersion.decode(value).encode()).isEqualTo(value);
  }

  @Property
  void aNegativeNumberIsNone(@ForAll @LongRange(min = Long.MIN_VALUE, max = -1) long value) {
    assertThatThrownBy(() -> RowVersion.decode(value)).hasMessageContaining("expected 0 or more");
  }

  /** The bits stand where SQL expressions look for them. */
  @Property
  void partsStandWhereTheConstantsSay(@ForAll("versions") RowVersion version) {
    long value = version.encode();
    assertThat(value >> RowVersion.ZONE_SHIFT).isEqualTo(version.zone());
    assertThat((value >> RowVersion.CLOCK_SHIFT) & RowVersion.MAX_CLOCK).isEqualTo(version.clock());
    assertThat(value & RowVersion.LOCK_BIT).isEqualTo(version.locked() ? 1 : 0);
  }

  @Property
  void theNextVersionIsNewerWhateverTheWritersClockSays(
      @ForAll("versions") RowVersion version,
      @ForAll @LongRange(min = 0, max = 1L << 51) long now) {
    if (version.clock() == RowVersion.MAX_CLOCK) {
      return;
    }
    RowVersion next = version.next(7, now);
    assertThat(next.isNewerThan(version)).isTrue();
    assertThat(next.zone()).isEqualTo(7);
    assertThat(next.locked()).isEqualTo(version.locked());
  }

  @Property
  void orderIsByClockFirstAndTotalButForTheLock(
      @ForAll("versions") RowVersion a, @ForAll("versions") RowVersion b) {
    if (a.clock() != b.clock()) {
      assertThat(a.isNewerThan(b)).isEqualTo(a.clock() > b.clock());
    }
    assertThat(a.isNewerThan(b) && b.isNewerThan(a)).isFalse();
    assertThat(!a.isNewerThan(b) && !b.isNewerThan(a))
        .isEqualTo(a.withLock(false).equals(b.withLock(false)));
  }

  @Example
  void theClockOutlivesMicrosecondsOfThisCentury() {
    // 2^52 microseconds are 142 years.
    assertThat(RowVersion.MAX_CLOCK / 1_000_000 / 86_400 / 365).isEqualTo(142);
  }

  @Example
  void knownValues() {
    assertThat(new RowVersion(1, 0, false).encode()).isEqualTo(9007199254740992L);
    assertThat(new RowVersion(1023, RowVersion.MAX_CLOCK, true).encode()).isEqualTo(Long.MAX_VALUE);
    assertThat(RowVersion.NONE.encode()).isZero();
    assertThat(new RowVersion(2, 5, true)).hasToString("zone 2, clock 5, locked");
  }

  @Example
  void partsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new RowVersion(1024, 0, false)).hasMessageContaining("1023");
    assertThatThrownBy(() -> new RowVersion(-1, 0, false)).hasMessageContaining("zone -1");
    assertThatThrownBy(() -> new RowVersion(1, -1, false)).hasMessageContaining("clock -1");
    assertThatThrownBy(() -> new RowVersion(1, 1L << 52, false)).hasMessageContaining("clock");
  }
}
