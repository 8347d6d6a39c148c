package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumberQuotaTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aSecondsWorthIsSavedUpAndNoMore() {
    NumberQuota quota = new NumberQuota(100, 0);
    long now = 50 * SECOND;
    int taken = 0;
    while (quota.take(1, now)) {
      taken++;
    }
    assertThat(taken).isEqualTo(100);
    assertThat(quota.take(1, now + SECOND / 1_000)).isTrue();
    assertThat(quota.take(1, now + SECOND / 1_000)).isFalse();
  }

  @Test
  void aLargeRequestIsAnsweredAndTheNextOneWaitsForIt() {
    NumberQuota quota = new NumberQuota(100, 0);
    assertThat(quota.take(1_000, 0)).isTrue();
    assertThat(quota.take(1, 9 * SECOND - 1)).isFalse();
    assertThat(quota.take(1, 9 * SECOND + SECOND / 10)).isTrue();
  }

  @Test
  void overTimeNobodyGetsMoreThanTheRate() {
    NumberQuota quota = new NumberQuota(1_000, 0);
    long given = 0;
    for (long now = 0; now < 100 * SECOND; now += SECOND / 500) {
      for (int i = 0; i < 5; i++) {
        given += quota.take(3, now) ? 3 : 0;
      }
    }
    assertThat(given).isBetween(99_000L, 101_010L);
  }

  @Test
  void withoutALimitNobodyLooks() {
    assertThat(shares(0, 0).limit()).isFalse();
    assertThat(shares(1, 0).limit()).isTrue();
    assertThat(shares(0, 1).limit()).isTrue();
  }

  private static NumberShares shares(long perConnection, long perAddress) {
    return new NumberShares(
        ServerLimits.USUAL.with(ServerLimit.RATE, perConnection).with("address-rate", perAddress));
  }

  private static int taken(NumberShares.Share share, long now) {
    int taken = 0;
    while (share.take(1, now) == null) {
      taken++;
    }
    return taken;
  }

  @Test
  void connectionsOfAnAddressShareWhatItGets() throws Exception {
    NumberShares shares = shares(60, 100);
    SocketAddress here = address("10.0.0.1", 1);
    SocketAddress here2 = address("10.0.0.1", 2);
    SocketAddress there = address("10.0.0.2", 1);
    NumberShares.Share one = shares.of(here);
    NumberShares.Share two = shares.of(here2);
    NumberShares.Share other = shares.of(there);
    long now = System.nanoTime();
    assertThat(taken(one, now)).isEqualTo(60);
    assertThat(taken(two, now)).isEqualTo(40);
    assertThat(two.take(1, now).getMessage()).contains("this address", "limit address-rate");
    assertThat(one.take(1, now).getMessage()).contains("this connection", "limit rate");
    assertThat(taken(other, now)).isEqualTo(60);
    // What an address owes is not forgotten with its connections.
    one.close();
    two.close();
    assertThat(taken(shares.of(here), now)).isZero();
    assertThat(taken(shares.of(here), now + SECOND / 2)).isEqualTo(50);
  }

  @Test
  void addressesThatOweNothingAreForgottenWithTheirLastConnection() throws Exception {
    NumberShares shares = shares(60, 0);
    NumberShares.Share one = shares.of(address("10.0.0.1", 1));
    NumberShares.Share two = shares.of(address("10.0.0.1", 2));
    assertThat(shares.addresses()).isEqualTo(1);
    assertThat(taken(one, System.nanoTime())).isEqualTo(60);
    one.close();
    assertThat(shares.addresses()).isEqualTo(1);
    two.close();
    assertThat(shares.addresses()).isZero();
  }

  @Test
  void connectionsOfAnAddressAreCounted() throws Exception {
    NumberShares shares =
        new NumberShares(ServerLimits.USUAL.with(ServerLimit.ADDRESS_CONNECTIONS, 2));
    NumberShares.Share one = shares.of(address("10.0.0.1", 1));
    assertThat(shares.of(address("10.0.0.1", 2)).tooMany()).isNull();
    NumberShares.Share three = shares.of(address("10.0.0.1", 3));
    assertThat(three.tooMany()).hasMessageContaining("2 connections of this address are open");
    assertThat(shares.of(address("10.0.0.2", 1)).tooMany()).isNull();
    three.close();
    one.close();
    assertThat(shares.of(address("10.0.0.1", 4)).tooMany()).isNull();
  }

  @Test
  void theMoreAddressesTheLessOftenTheyAreLookedAt() throws Exception {
    NumberShares shares = shares(0, 100);
    List<NumberShares.Share> open = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      open.add(shares.of(address("10.1." + i / 250 + "." + i % 250, 1)));
    }
    open.forEach(NumberShares.Share::close);
    // They were looked at when there were 1,024 and 2,048 of them, and will be at 4,096.
    shares.of(address("10.2.0.1", 1)).close();
    assertThat(shares.addresses()).isEqualTo(3_001);
    for (int i = 0; i < 1_096; i++) {
      shares.of(address("10.3." + i / 250 + "." + i % 250, 1)).close();
    }
    assertThat(shares.addresses()).isEqualTo(1);
    // And again when there are 1,024.
    for (int i = 0; i < 1_023; i++) {
      shares.of(address("10.4." + i / 250 + "." + i % 250, 1)).close();
    }
    assertThat(shares.addresses()).isEqualTo(1_024);
    shares.of(address("10.5.0.1", 1)).close();
    assertThat(shares.addresses()).isEqualTo(1);
  }

  private static SocketAddress address(String host, int port) throws Exception {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }
}
