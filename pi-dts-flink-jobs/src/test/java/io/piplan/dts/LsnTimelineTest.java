package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LsnTimelineTest {
  @Test
  void allOfATimelineIsAfterAllOfTheOneBefore() {
    Timeline first = new Timeline(0, "id:1");
    Timeline second = first.next("id:2");
    Timeline eleventh = new Timeline(10, "id:3");
    Lsn a = Lsn.boundary(first.file("binlog.000900"), 5_000);
    Lsn b = Lsn.boundary(second.file("binlog.000001"), 4);
    Lsn c = Lsn.boundary(second.file("binlog.000002"), 4);
    Lsn d = Lsn.boundary(eleventh.file("binlog.000001"), 4);
    assertThat(a).isLessThan(b);
    assertThat(b).isLessThan(c);
    assertThat(c).isLessThan(d);
    assertThat(Lsn.START).isLessThan(a);
    assertThat(d.timeline()).isEqualTo(10);
    assertThat(d.fileName()).isEqualTo("binlog.000001");
    assertThat(a.file()).isEqualTo("binlog.000900");
    assertThat(b).hasToString("1/binlog.000001:4");
  }
}
