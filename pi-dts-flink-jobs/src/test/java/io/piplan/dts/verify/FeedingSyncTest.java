package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FeedingSyncTest {
  private static final FeedingSync NORTH =
      FeedingSync.parse("north", "0 id:1 mysql://db-north:3306");
  private static final FeedingSync SOUTH =
      FeedingSync.parse("south", "2 id:1 mysql://db-south:3306");
  private static final FeedingSync EAST =
      FeedingSync.parse("east", "0 uuid:e mysql://db-east:3306");
  private static final FeedingSync OLD = FeedingSync.parse("old", null);

  @Test
  void isTheOneThatReadsTheServerWhoeverWroteLast() {
    assertThat(FeedingSync.from(List.of(SOUTH, EAST), "uuid:e", "mysql://elsewhere:1"))
        .contains(EAST);
    assertThat(FeedingSync.from(List.of(EAST, SOUTH), "id:1", "mysql://db-south:3306"))
        .contains(SOUTH);
    assertThat(FeedingSync.from(List.of(EAST), "id:1", "mysql://db-east:3306")).isEmpty();
  }

  @Test
  void serversWithOneIdAreToldApartByTheirAddress() {
    assertThat(FeedingSync.from(List.of(NORTH, SOUTH), "id:1", "mysql://db-south:3306"))
        .contains(SOUTH);
    // Either could be meant.
    assertThat(FeedingSync.from(List.of(NORTH, SOUTH), "id:1", "mysql://localhost:3306")).isEmpty();
    assertThat(FeedingSync.from(List.of(NORTH), "id:1", "mysql://localhost:3306")).contains(NORTH);
  }

  @Test
  void oneOfAnEarlierReleaseIsTakenWhereNoOtherIsKnown() {
    assertThat(FeedingSync.from(List.of(EAST, OLD), "id:7", "mysql://db:3306")).contains(OLD);
    assertThat(FeedingSync.from(List.of(OLD, EAST), "uuid:e", "mysql://db:3306")).contains(EAST);
  }
}
