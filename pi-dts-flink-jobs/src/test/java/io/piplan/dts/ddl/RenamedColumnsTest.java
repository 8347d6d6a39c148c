package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.DdlPolicy;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of foreign keys where a column that they are on or refer to is called otherwise. */
class RenamedColumnsTest {
  private static final ServerFacts SERVER =
      new ServerFacts(true, 110_400, false, true, "UTC", Map.of("utf8mb4", "utf8mb4_bin"));
  private static final Lsn BEGIN = Lsn.boundary("binlog.000001", 4);
  private static final TableId PARENT = id("p");
  private static final TableId CHILD = id("c");

  private final Map<TableId, TableVersion> tables = new HashMap<>();
  private final Map<TableId, TableVersion> stored = new HashMap<>();
  private final List<TargetWork> works = new ArrayList<>();
  private SchemaFollower follower;
  private long position = 100;

  private static TableId id(String table) {
    return new TableId("shop", table);
  }

  private static TableDefinition created(String sql) {
    Ddl ddl = DdlParser.parse(sql, "shop", SERVER, SqlMode.USUAL).orElseThrow();
    return TableDraft.create((Ddl.CreateTable) ddl, "utf8mb4_bin", SERVER);
  }

  private void know(String sql, TableVersion.State state, Lsn readAt) {
    TableDefinition table = created(sql);
    TableId id = table.schema().id();
    tables.put(
        id,
        new TableVersion(
            id,
            BEGIN,
            readAt,
            state,
            BEGIN,
            id,
            table,
            id.table(),
            Divergence.NONE,
            null,
            state == TableVersion.State.ASIDE ? Ghost.like(CHILD) : null));
  }

  @BeforeEach
  void tables() {
    know(
        "CREATE TABLE p (id INT PRIMARY KEY, code INT, tag INT, up INT, UNIQUE (code, tag),"
            + " UNIQUE (tag), FOREIGN KEY (up) REFERENCES p (tag) ON DELETE CASCADE)",
        TableVersion.State.THERE,
        null);
    know(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, b INT, FOREIGN KEY (a, b) REFERENCES p (code,"
            + " tag) ON DELETE CASCADE, FOREIGN KEY (a) REFERENCES o (code) ON DELETE SET NULL)",
        TableVersion.State.THERE,
        null);
  }

  private Optional<SchemaChange> run(String sql) {
    if (follower == null) {
      LaneAssigner lanes = LaneAssigner.of(schemas());
      tables.replaceAll(
          (id, version) ->
              version.state() == TableVersion.State.THERE
                  ? version.withGroup(lanes.group(version.definition().schema()))
                  : version);
      follower =
          new SchemaFollower(
              new OneDatabase("shop"),
              DdlPolicy.of(
                  DdlAction.EVOLVE,
                  Map.of(
                      DdlKind.DROP_COLUMN, DdlAction.EVOLVE, DdlKind.DROP_TABLE, DdlAction.EVOLVE)),
              SERVER,
              false,
              tables,
              new Surroundings());
    }
    position += 100;
    return follower.statement(
        new LoggedStatement("shop", sql, 0, "", 1_000, false),
        new Lsn("binlog.000001", position, 1, 0));
  }

  private List<TableSchema> schemas() {
    return tables.values().stream()
        .filter(version -> version.state() == TableVersion.State.THERE)
        .map(version -> version.definition().schema())
        .toList();
  }

  /** A server that can't be asked. */
  private final class Surroundings implements SchemaFollower.Surroundings {
    @Override
    public Optional<LiveSource.One> live(TableId table) {
      return Optional.empty();
    }

    @Override
    public String collation() {
      return "utf8mb4_bin";
    }

    @Override
    public void store(List<TableVersion> versions) {
      versions.forEach(version -> stored.put(version.table(), version));
    }

    @Override
    public void work(TargetWork work) {
      works.add(work);
    }
  }

  private List<String> keys(TableId table) {
    return stored.get(table).definition().schema().foreignKeys().stream()
        .map(RenamedColumnsTest::text)
        .toList();
  }

  private static String text(ForeignKey key) {
    return key.columns() + " " + key.parent().table() + key.parentColumns();
  }

  @Test
  void childrenGoWithTheirParentsColumns() {
    Optional<SchemaChange> change = run("ALTER TABLE p RENAME COLUMN code TO c2");
    assertThat(keys(CHILD)).containsExactly("[a, b] p[c2, tag]", "[a] o[code]");
    // Whoever writes rows of either is to know of it.
    assertThat(change.orElseThrow().tables()).containsExactlyInAnyOrder(PARENT, CHILD);
    assertThat(works.get(0).mapped())
        .extracting(TableVersion::table)
        .containsExactlyInAnyOrder(PARENT, CHILD);
    assertThat(stored.get(CHILD).since()).isEqualTo(change.get().lsn());
  }

  @Test
  void namesMayBeSwappedAndTheTableRenamedAtOnce() {
    run(
        "ALTER TABLE p CHANGE code Tag INT, CHANGE `TAG` code BIGINT, MODIFY id BIGINT, RENAME TO"
            + " p2");
    assertThat(keys(CHILD)).containsExactly("[a, b] p2[Tag, code]", "[a] o[code]");
    assertThat(keys(id("p2"))).containsExactly("[up] p2[code]");
  }

  @Test
  void aTablesOwnColumnsToo() {
    run("ALTER TABLE c RENAME COLUMN a TO b, RENAME COLUMN b TO a");
    assertThat(keys(CHILD)).containsExactly("[b, a] p[code, tag]", "[b] o[code]");
    assertThat(stored).containsOnlyKeys(CHILD);
  }

  /** A table of another database. */
  @Test
  void ofAParentThatIsNotKnownToo() {
    know(
        "CREATE TABLE d (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES other.x (id) ON"
            + " DELETE CASCADE)",
        TableVersion.State.THERE,
        null);
    run("ALTER TABLE other.x RENAME COLUMN id TO nr");
    assertThat(keys(id("d"))).containsExactly("[a] x[nr]");
    assertThat(stored).containsOnlyKeys(id("d"));
  }

  @Test
  void ghostTablesGoWithTheirParentsToo() {
    know(
        "CREATE TABLE _c_gho (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES p (tag) ON"
            + " DELETE CASCADE)",
        TableVersion.State.ASIDE,
        null);
    run("ALTER TABLE p RENAME COLUMN tag TO label");
    assertThat(keys(id("_c_gho"))).containsExactly("[a] p[label]");
    assertThat(keys(CHILD)).containsExactly("[a, b] p[code, label]", "[a] o[code]");
  }

  /** It was read when the statement had been run already. */
  @Test
  void aChildThatKnowsTheNewNamesKeepsThem() {
    Lsn later = Lsn.boundary("binlog.000002", 4);
    know(
        "CREATE TABLE c (id INT PRIMARY KEY, a INT, b INT, FOREIGN KEY (a, b) REFERENCES p (code,"
            + " tag) ON DELETE CASCADE)",
        TableVersion.State.THERE,
        later);
    run("ALTER TABLE p RENAME COLUMN code TO tag, RENAME COLUMN tag TO code");
    assertThat(stored).containsOnlyKeys(PARENT);
  }

  @Test
  void othersAreLeftAlone() {
    run("ALTER TABLE p RENAME COLUMN id TO nr, MODIFY code BIGINT");
    assertThat(stored).containsOnlyKeys(PARENT);
  }
}
