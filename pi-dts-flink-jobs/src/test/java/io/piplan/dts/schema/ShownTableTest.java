package io.piplan.dts.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.ForeignKey.Action;
import io.piplan.dts.TableId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShownTableTest {
  @Test
  void readsForeignKeysAndJson() {
    ShownTable shown =
        ShownTable.parse(
            new TableId("shop", "child"),
            """
            CREATE TABLE `child` (
              `id` int(11) NOT NULL COMMENT 'CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `b` (`c`)',
              `a``b` int(11) DEFAULT NULL,
              `j` longtext COLLATE utf8mb4_bin DEFAULT NULL COMMENT 'c' CHECK (json_valid(`j`)),
              `k` longtext DEFAULT NULL CHECK (json_valid(`j`)),
              `l` longtext DEFAULT 'CHECK (json_valid(`l`))',
              PRIMARY KEY (`id`),
              CONSTRAINT `one` FOREIGN KEY (`a``b`) REFERENCES `parent` (`id`),
              CONSTRAINT `two` FOREIGN KEY (`id`, `a``b`) REFERENCES `other`.`parent` (`x`, `y`)\
             ON DELETE CASCADE ON UPDATE SET NULL
            ) ENGINE=InnoDB
            """);
    assertThat(shown.jsonColumns()).containsExactly("j");
    assertThat(shown.foreignKeys())
        .containsExactly(
            new ForeignKey(
                "one",
                List.of("a`b"),
                new TableId("shop", "parent"),
                List.of("id"),
                Action.RESTRICT,
                Action.RESTRICT),
            new ForeignKey(
                "two",
                List.of("id", "a`b"),
                new TableId("other", "parent"),
                List.of("x", "y"),
                Action.CASCADE,
                Action.SET_NULL));
  }

  @Test
  void readsTheMomentsThatAreDefaults() {
    ShownTable shown =
        ShownTable.parse(
            new TableId("shop", "times"),
            """
            CREATE TABLE `times` (
              `a` timestamp NOT NULL DEFAULT '2024-01-15 02:30:00' COMMENT 'DEFAULT ''x''',
              `b` timestamp(6) NULL DEFAULT '2024-01-15 02:30:00.000000',
              `c` timestamp NULL DEFAULT NULL COMMENT 'DEFAULT ''x''',
              `d` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'DEFAULT ''x''',
              `e` datetime DEFAULT '2024-01-15 08:00:00'
            ) ENGINE=InnoDB
            """);
    assertThat(shown.moments())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", "'2024-01-15 02:30:00'", "b", "'2024-01-15 02:30:00.000000'"));
  }
}
