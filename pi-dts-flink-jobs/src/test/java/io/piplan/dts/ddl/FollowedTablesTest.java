package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsException;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stops the reading of a binlog that has changes of tables, and what doesn't. */
class FollowedTablesTest {
  private static final ServerFacts SERVER =
      new ServerFacts(true, 110_400, false, true, "UTC", Map.of("utf8mb4", "utf8mb4_bin"));
  private static final Lsn BEGIN = Lsn.boundary("binlog.000001", 4);
  private static final Lsn ASKED = Lsn.boundary("binlog.000001", 10_000);

  private final Map<TableId, TableVersion> tables = new HashMap<>();
  private final Map<TableId, TableDefinition> live = new HashMap<>();
  private SchemaFollower follower;
  private long position = 100;

  private static TableDefinition created(String sql) {
    Ddl ddl = DdlParser.parse(sql, "shop", SERVER, SqlMode.USUAL).orElseThrow();
    return TableDraft.create((Ddl.CreateTable) ddl, "utf8mb4_bin", SERVER);
  }

  private void know(String sql) {
    TableDefinition table = created(sql);
    TableId id = table.schema().id();
    tables.put(
        id,
        new TableVersion(
            id,
            BEGIN,
            null,
            TableVersion.State.THERE,
            BEGIN,
            id,
            table,
            id.table(),
            Divergence.NONE,
            null,
            null));
  }

  private void now(String sql) {
    TableDefinition table = created(sql);
    live.put(table.schema().id(), table);
  }

  /** With versions: tables without their column are left aside. */
  private static final class ByVersion implements TableRules {
    private final TableRules rules = new OneDatabase("shop");

    @Override
    public String database() {
      return rules.database();
    }

    @Override
    public boolean includes(TableId table) {
      return rules.includes(table);
    }

    @Override
    public boolean includesDatabase(String database) {
      return rules.includesDatabase(database);
    }

    @Override
    public boolean names(TableId table) {
      return rules.names(table);
    }

    @Override
    public TableId target(TableId source) {
      return rules.target(source);
    }

    @Override
    public TableDefinition keyed(TableDefinition table) {
      return rules.keyed(table);
    }

    @Override
    public Optional<String> leftAside(TableDefinition table) {
      return table.schema().column("pidal_c").isPresent()
          ? Optional.empty()
          : Optional.of("no column");
    }

    @Override
    public Optional<String> refusal(TableDefinition table) {
      return rules.refusal(table);
    }
  }

  private void run(String sql, TableRules rules) {
    if (follower == null) {
      follower =
          new SchemaFollower(
              rules,
              DdlPolicy.of(DdlAction.EVOLVE, Map.of(DdlKind.DROP_COLUMN, DdlAction.EVOLVE)),
              SERVER,
              false,
              tables,
              new Surroundings());
    }
    position += 100;
    follower.statement(
        new LoggedStatement("shop", sql, 0, "", 1_000, false),
        new Lsn("binlog.000001", position, 1, 0));
  }

  private void run(String sql) {
    run(sql, new OneDatabase("shop"));
  }

  private final class Surroundings implements SchemaFollower.Surroundings {
    @Override
    public Optional<LiveSource.One> live(TableId table) {
      return live.containsKey(table)
          ? Optional.of(new LiveSource.One(Optional.of(live.get(table)), ASKED))
          : Optional.empty();
    }

    @Override
    public String collation() {
      return "utf8mb4_bin";
    }

    @Override
    public void store(List<TableVersion> versions) {}

    @Override
    public void work(TargetWork work) {}
  }

  private void parentAndChild() {
    know("CREATE TABLE p (id INT PRIMARY KEY, code INT, UNIQUE u (code))");
    know(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p"
            + " (code) ON DELETE CASCADE)");
  }

  /** Both had been done when the server was asked about the child. */
  @Test
  void aChildIsNotInDoubtForWhatItsParentsStatementBrings() {
    parentAndChild();
    now("CREATE TABLE p (id INT PRIMARY KEY, kode INT, UNIQUE u (kode))");
    now(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, x INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES"
            + " p (kode) ON DELETE CASCADE)");
    run("ALTER TABLE c ADD COLUMN x INT");
    run("ALTER TABLE p RENAME COLUMN code TO kode");
    assertThatCode(() -> follower.reached(ASKED)).doesNotThrowAnyException();
  }

  @Test
  void norForItsParentsName() {
    parentAndChild();
    now(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, x INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES"
            + " q (code) ON DELETE CASCADE)");
    run("ALTER TABLE c ADD COLUMN x INT");
    run("RENAME TABLE p TO q");
    assertThatCode(() -> follower.reached(ASKED)).doesNotThrowAnyException();
  }

  @Test
  void aChildThatIsStillAnotherIsInDoubt() {
    parentAndChild();
    now(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, x INT, y INT, CONSTRAINT f FOREIGN KEY (a)"
            + " REFERENCES p (kode) ON DELETE CASCADE)");
    run("ALTER TABLE c ADD COLUMN x INT");
    run("ALTER TABLE p RENAME COLUMN code TO kode");
    assertThatThrownBy(() -> follower.reached(ASKED))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("ADD COLUMN x");
  }

  /** Its changes would stay where they are, and nobody would know. */
  @Test
  void aTableDoesNotLoseTheColumnOfVersionsUnnoticed() {
    know("CREATE TABLE v (id INT PRIMARY KEY, pidal_c BIGINT NOT NULL)");
    know("CREATE TABLE w (id INT PRIMARY KEY)");
    assertThatThrownBy(() -> run("ALTER TABLE v DROP COLUMN pidal_c", new ByVersion()))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("takes column pidal_c from table shop.v");
    assertThatCode(() -> run("ALTER TABLE w ADD COLUMN x INT", new ByVersion()))
        .doesNotThrowAnyException();
  }
}
