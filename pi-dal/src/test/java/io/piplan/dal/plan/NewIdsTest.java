package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.sql.StatementReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A row whose id is made for it meets no other by that id, on whichever shard. */
class NewIdsTest {
  private final Planner planner =
      new Planner(
          RulesDocument.read(Path.of("src/test/resources/plans/rules.yaml")),
          new Catalog(
              Map.of(
                  "event",
                  new TableShape(
                      List.of(
                          new ColumnShape("id", "bigint", "bigint", null, true, false),
                          new ColumnShape("k", "int", "int", null, false, false),
                          new ColumnShape("v", "int", "int", null, false, false)),
                      List.of(Set.of("id"), Set.of("k", "v"))))),
          true);

  private Plan plan(String sql) {
    return planner.plan(StatementReader.read(sql), "shop");
  }

  @Test
  void idsOfTheSequenceMeetNobody() {
    for (String sql :
        List.of(
            "INSERT INTO event (k, v) VALUES (1, 2) ON DUPLICATE KEY UPDATE v = v + 1",
            "INSERT IGNORE INTO event VALUES (DEFAULT, 1, 2), (0, 3, 4), (NULL, 5, 6)",
            "REPLACE INTO event (k, v) VALUES (1, 2)")) {
      Plan plan = plan(sql);
      assertThat(plan).as(sql).isInstanceOf(Plan.Ids.class);
      Plan written = planner.plan(((Plan.Ids) plan).missing().with(1001), "shop");
      assertThat(written).as(sql).isNotInstanceOf(Plan.Refused.class);
    }
  }

  @Test
  void idsThatAnAppGivesMayBeOnOtherShards() {
    for (String sql :
        List.of(
            "REPLACE INTO event VALUES (5, 1, 2)",
            "INSERT IGNORE INTO event (k, id) VALUES (1, DEFAULT), (2, 7)",
            "REPLACE INTO event SELECT 5, 1, 2")) {
      assertThat(plan(sql)).as(sql).isInstanceOf(Plan.Refused.class);
    }
  }
}
