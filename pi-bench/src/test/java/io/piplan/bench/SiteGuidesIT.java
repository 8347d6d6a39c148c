package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Every command of the guides about sites, as they stand there, in one shell a guide. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class SiteGuidesIT {
  private static final String SHOP = "shop";

  @TempDir Path folder;

  /** After {@code sql/sites/grants.sql}, whose account may do no more than that says. */
  private static EmbeddedMySql site(Servers servers, GuideShell shell, String name, int id)
      throws IOException {
    EmbeddedMySql site = servers.startMySql(MySqlOptions.defaults().withServerId(id));
    Sql.run(
        site,
        "",
        "CREATE DATABASE shop",
        "CREATE TABLE shop.customers (id BIGINT PRIMARY KEY, name VARCHAR(40))",
        "CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, customer_id BIGINT NOT NULL, total INT)");
    String password = UUID.randomUUID().toString();
    Sql.run(site, SHOP, GuideAccounts.ofSites().all(password));
    Sql.run(
        site,
        SHOP,
        "INSERT INTO customers SELECT seq, 'both' FROM " + EmbeddedMySql.numbers(50),
        "INSERT INTO orders SELECT seq, seq, seq FROM " + EmbeddedMySql.numbers(50));
    shell.server(name, site, password);
    shell.export("PI_" + name + "_USER", "pi");
    return site;
  }

  @Test
  void twoSites(Servers servers) throws Exception {
    GuideShell shell = new GuideShell(folder);
    try (EmbeddedMySql bj = site(servers, shell, "BJ", 93);
        EmbeddedMySql sh = site(servers, shell, "SH", 94)) {
      shell.follow("two-sites");
      assertThat(versioned(bj)).isEqualTo(50);
      assertThat(versioned(sh)).isEqualTo(50);
    }
  }

  @Test
  void threeSites(Servers servers) throws Exception {
    GuideShell shell = new GuideShell(folder);
    try (EmbeddedMySql bj = site(servers, shell, "BJ", 95);
        EmbeddedMySql sh = site(servers, shell, "SH", 96);
        EmbeddedMySql gz = site(servers, shell, "GZ", 97)) {
      shell.follow("three-sites");
      assertThat(versioned(bj)).isEqualTo(50);
      assertThat(versioned(sh)).isEqualTo(50);
      assertThat(versioned(gz)).isEqualTo(50);
    }
  }

  private static long versioned(EmbeddedMySql site) {
    return Sql.number(site, SHOP, "SELECT COUNT(*) FROM customers WHERE pidal_c > 0");
  }
}
