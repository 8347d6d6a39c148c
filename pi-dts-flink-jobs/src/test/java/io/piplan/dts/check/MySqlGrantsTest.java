package io.piplan.dts.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

class MySqlGrantsTest {
  private static MySqlGrants of(String... lines) {
    return new MySqlGrants(List.of(lines), false);
  }

  @Test
  void globalRights() {
    MySqlGrants grants =
        of(
            "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `s`@`%` IDENTIFIED BY PASSWORD '*A'",
            "GRANT SELECT ON `shop`.* TO `s`@`%`",
            "GRANT `role`@`%` TO `s`@`%`",
            "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION");
    assertThat(grants.global("REPLICATION SLAVE")).isTrue();
    assertThat(grants.global("REPLICATION CLIENT", "BINLOG MONITOR")).isTrue();
    assertThat(grants.global("REPLICATION CLIENT")).isFalse();
    assertThat(grants.global("SELECT")).isFalse();
    assertThat(of("GRANT ALL PRIVILEGES ON *.* TO `r`@`%`").global("RELOAD")).isTrue();
  }

  @Test
  void databasesArePatterns() {
    MySqlGrants grants =
        of("GRANT SELECT, LOCK TABLES ON `my\\_shop%`.* TO `s`@`%`", "GRANT ALL ON `x``y`.* TO s");
    assertThat(grants.database("SELECT", "my_shop")).isTrue();
    assertThat(grants.database("SELECT", "my_shop_2")).isTrue();
    assertThat(grants.database("SELECT", "myxshop")).isFalse();
    assertThat(grants.database("INSERT", "my_shop")).isFalse();
    assertThat(grants.table("LOCK TABLES", new TableId("my_shop", "t"))).isTrue();
    assertThat(grants.database("ALL", "x`y")).isTrue();
  }

  @Test
  void tablesAndColumns() {
    MySqlGrants grants =
        of("GRANT SELECT (id, `a,b`), INSERT, UPDATE (id) ON `shop`.`t` TO `s`@`%`");
    TableId table = new TableId("shop", "t");
    assertThat(grants.table("INSERT", table)).isTrue();
    assertThat(grants.table("SELECT", table)).isFalse();
    assertThat(grants.table("UPDATE", table)).isFalse();
    assertThat(grants.table("INSERT", new TableId("shop", "u"))).isFalse();
    assertThat(grants.database("INSERT", "shop")).isFalse();
  }

  @Test
  void partialRevokes() {
    MySqlGrants grants =
        of("GRANT SELECT ON *.* TO `s`@`%`", "REVOKE SELECT ON `secret`.* FROM `s`@`%`");
    assertThat(grants.database("SELECT", "shop")).isTrue();
    assertThat(grants.database("SELECT", "secret")).isFalse();
  }
}
