package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The very statements of gh-ost and pt-online-schema-change, with changes under way. */
@ExtendWith(ServersExtension.class)
class GhostToolsIT {
  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private DdlLab lab;

  GhostToolsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
  }

  @AfterEach
  void stop() throws SQLException {
    syncs.close();
    lab.close();
    flink.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void swapsAreFollowedAndTheirTablesAreNot(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.start(DdlLab.ALL);
    ghost();
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    percona();
    lab.same("SELECT id, v, w FROM u ORDER BY id");
    // Once more over what the first run has left.
    ghostAgain();
    lab.same("SELECT id, a, c FROM t ORDER BY id");
    assertThat(lab.hasColumn("t", "b")).isFalse();
    for (String helper : List.of("_t_gho", "_t_ghc", "_t_del", "_u_new", "_u_old", "__u_new")) {
      assertThat(lab.isThere(helper)).as(helper).isFalse();
    }
    if (!postgres) {
      assertThat(lab.targetStatements("ALTER")).hasSize(3);
      assertThat(lab.targetStatements("RENAME")).isEmpty();
      assertThat(lab.targetStatements("DROP")).isEmpty();
    }
  }

  private String name(String table) {
    return "`" + lab.database() + "`.`" + table + "`";
  }

  private void ghost() throws SQLException {
    lab.run(
        "drop /* gh-ost */ table if exists " + name("_t_ghc"),
        "create /* gh-ost */ table "
            + name("_t_ghc")
            + " (\n\t\t\tid bigint unsigned auto_increment,\n\t\t\tlast_update timestamp not null"
            + " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,\n\t\t\thint varchar(64)"
            + " charset ascii not null,\n\t\t\tvalue varchar(4096) charset ascii not null,\n\t\t\t"
            + "primary key(id),\n\t\t\tunique key hint_uidx(hint)\n\t\t) auto_increment=256 ",
        "create /* gh-ost */ table " + name("_t_gho") + " like " + name("t"),
        "alter /* gh-ost */ table " + name("_t_gho") + " add column c int not null default 8",
        "insert /* gh-ost */ into "
            + name("_t_ghc")
            + " (id, hint, value) values (NULLIF(2, 0),"
            + " 'state', 'GhostTableMigrated') on duplicate key update last_update=NOW(),"
            + " value=VALUES(value)",
        "INSERT INTO t VALUES (4, 'during', 4)",
        "replace /* gh-ost "
            + name("_t_gho")
            + " */ into "
            + name("_t_gho")
            + " (id, a, b) values (4, 'during', 4)",
        "insert /* gh-ost "
            + name("t")
            + " */ ignore into "
            + name("_t_gho")
            + " (id, a, b) (select id, a, b from "
            + name("t")
            + ")",
        "UPDATE t SET a = 'changed' WHERE id = 2",
        "update /* gh-ost "
            + name("_t_gho")
            + " */ "
            + name("_t_gho")
            + " set a = 'changed' where id = 2",
        "create /* gh-ost */ table "
            + name("_t_del")
            + " (\n\t\t\tid int auto_increment primary key\n\t\t) engine=InnoDB comment="
            + "'ghost-cut-over-sentry' ",
        "drop /* gh-ost */ table if exists " + name("_t_del"),
        "rename /* gh-ost */ table "
            + name("t")
            + " to "
            + name("_t_del")
            + ", "
            + name("_t_gho")
            + " to "
            + name("t"),
        "INSERT INTO t (id, c) VALUES (5, 50)",
        "drop /* gh-ost */ table if exists " + name("_t_ghc"),
        "UPDATE t SET c = 41 WHERE id = 4");
  }

  /** With --timestamp-old-table, and what the first run left dropped only now. */
  private void ghostAgain() throws SQLException {
    String old = name("_t_20240102030405_del");
    lab.run(
        "drop /* gh-ost */ table if exists " + name("_t_del"),
        "create /* gh-ost */ table " + name("_t_gho") + " like " + name("t"),
        "alter /* gh-ost */ table " + name("_t_gho") + " drop column b",
        "insert /* gh-ost "
            + name("t")
            + " */ ignore into "
            + name("_t_gho")
            + " (id, a, c) (select id, a, c from "
            + name("t")
            + ")",
        "rename /* gh-ost */ table "
            + name("t")
            + " to "
            + old
            + ", "
            + name("_t_gho")
            + " to "
            + name("t"),
        "INSERT INTO t (id, a, c) VALUES (6, 'again', 60)",
        "drop /* gh-ost */ table if exists " + old);
  }

  private void percona() throws SQLException {
    String comment = " /*pt-online-schema-change 4711 copy table*/";
    String triggers = "`pt_osc_" + lab.database() + "_u_";
    lab.run(
        lab.shownAs("u", name("_u_new")),
        "ALTER TABLE " + name("_u_new") + " ADD COLUMN w VARCHAR(10) NOT NULL DEFAULT 'w'",
        "CREATE TRIGGER "
            + triggers
            + "del` AFTER DELETE ON "
            + name("u")
            + " FOR EACH ROW DELETE IGNORE FROM "
            + name("_u_new")
            + " WHERE "
            + name("_u_new")
            + ".`id` <=> OLD.`id`",
        "CREATE TRIGGER "
            + triggers
            + "upd` AFTER UPDATE ON "
            + name("u")
            + " FOR EACH ROW BEGIN DELETE IGNORE FROM "
            + name("_u_new")
            + " WHERE !(OLD.`id` <=> NEW.`id`) AND "
            + name("_u_new")
            + ".`id` <=> OLD.`id`; REPLACE INTO "
            + name("_u_new")
            + " (`id`, `v`) VALUES (NEW.`id`, NEW.`v`); END",
        "CREATE TRIGGER "
            + triggers
            + "ins` AFTER INSERT ON "
            + name("u")
            + " FOR EACH ROW REPLACE INTO "
            + name("_u_new")
            + " (`id`, `v`) VALUES (NEW.`id`, NEW.`v`)",
        "INSERT INTO u VALUES (2, 'by trigger')",
        "INSERT LOW_PRIORITY IGNORE INTO "
            + name("_u_new")
            + " (`id`, `v`) SELECT `id`, `v` FROM "
            + name("u")
            + " LOCK IN SHARE MODE"
            + comment,
        "UPDATE u SET v = 'changed' WHERE id = 1",
        "ANALYZE TABLE " + name("_u_new") + " /* pt-online-schema-change */",
        "RENAME TABLE "
            + name("u")
            + " TO "
            + name("_u_old")
            + ", "
            + name("_u_new")
            + " TO "
            + name("u"),
        "DROP TABLE IF EXISTS " + name("_u_old"),
        "DROP TRIGGER IF EXISTS `" + lab.database() + "`." + triggers + "del`",
        "DROP TRIGGER IF EXISTS `" + lab.database() + "`." + triggers + "upd`",
        "DROP TRIGGER IF EXISTS `" + lab.database() + "`." + triggers + "ins`",
        "INSERT INTO u (id, v) VALUES (3, 'behind')");
  }
}
