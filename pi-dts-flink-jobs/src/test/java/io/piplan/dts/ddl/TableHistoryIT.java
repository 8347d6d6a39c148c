package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is known of tables, taken to another server's binlog. */
@ExtendWith(ServersExtension.class)
class TableHistoryIT {
  private static final String SYNC = "history";
  private static final Lsn BEGIN = Lsn.boundary("binlog.000001", 4);
  private static final Lsn DONE = new Lsn("binlog.000001", 100, 1, 0);
  private static final Lsn OPEN = new Lsn("binlog.000001", 200, 1, 0);
  private static final Lsn THERE = new Lsn("1/replica.000009", 50, 1, 0);
  private static final Lsn END = Lsn.boundary("1/replica.000009", 900);

  private final EmbeddedMySql server;
  private final String database;
  private final JdbcSchemaStore store;
  private final TableHistory history;
  private final MySqlServer target;

  TableHistoryIT(Servers servers) throws Exception {
    server = servers.mySqlB();
    database = server.createDatabase("history");
    target =
        new MySqlServer(
            server.host(),
            server.port(),
            server.user(),
            new Secret.LiteralSecret(server.password()));
    store = new JdbcSchemaStore(target, database, SYNC);
    history = new TableHistory(target, database, SYNC, new OneDatabase(database));
    store.prepare();
  }

  @Test
  void whatComesAgainIsForgottenAndWhatWasBegunIsKnownThere() throws Exception {
    try (Connection on = server.connect(database)) {
      TableDefinition table = table(on);
      TableVersion first = version(table, BEGIN);
      store.save(
          List.of(
              first,
              first.from(DONE),
              first.from(OPEN).withState(TableVersion.State.GONE),
              version(table, Lsn.boundary("binlog.000002", 4))));
      on.setAutoCommit(false);
      DdlLog log = new DdlLog(store.controlTables(), SYNC);
      log.record(on, work(DONE), DdlLog.State.DONE, "", "");
      log.record(on, work(OPEN), DdlLog.State.BEGUN, "", "");

      assertThat(history.readAt(DONE).test(table.schema().id())).isTrue();
      assertThat(history.readAt(OPEN).test(table.schema().id())).isFalse();
      assertThat(history.readAt(OPEN).test(new TableId("elsewhere", "t"))).isFalse();
      history.move(on, OPEN, Map.of(OPEN, THERE), END);
      on.commit();

      assertThat(store.load()).extracting(TableVersion::since).containsOnly(BEGIN, DONE);
      assertThat(log.state(on, OPEN)).isEmpty();
      assertThat(log.state(on, THERE)).contains(DdlLog.State.BEGUN);
      assertThat(log.state(on, DONE)).contains(DdlLog.State.DONE);
      // Marks on the target are named by where it was begun, however often it moves.
      assertThat(log.first(on, THERE)).isEqualTo(OPEN.toString());
      assertThat(log.first(on, DONE)).isEqualTo(DONE.toString());
      Lsn further = new Lsn("2/binlog.000001", 70, 1, 0);
      history.move(on, THERE, Map.of(THERE, further), END);
      assertThat(log.first(on, further)).isEqualTo(OPEN.toString());
      on.commit();
    }
  }

  @Test
  void whatIsNotSureOnTheOldServerIsNotSureUpToTheNewOnesEnd() throws Exception {
    try (Connection on = server.connect(database)) {
      TableVersion read = version(table(on), BEGIN);
      store.save(List.of(read.withDefinition(read.definition(), OPEN)));
      Lsn lowest = Lsn.boundary("binlog.000001", 150);
      history.move(on, lowest, Map.of(lowest, Lsn.boundary("1/replica.000009", 20)), END);
      assertThat(store.load()).extracting(TableVersion::readAt).containsExactly(END);
    }
  }

  /** One that appears behind the place is read, or left aside, from where it came. */
  @Test
  void rowsOfATableThatIsLeftAsideLaterAreNotCounted() throws Exception {
    try (Connection on = server.connect(database)) {
      TableDefinition table = table(on);
      TableId id = table.schema().id();
      assertThat(history.readAt(BEGIN).test(id)).as("nothing is known").isTrue();
      store.save(List.of(version(table, OPEN).withState(TableVersion.State.ASIDE)));
      assertThat(history.readAt(DONE).test(id)).isFalse();
      assertThat(history.readAt(OPEN).test(id)).isFalse();
      store.save(List.of(version(table, DONE)));
      assertThat(history.readAt(BEGIN).test(id)).isTrue();
    }
  }

  @Test
  void onlyTablesThatHaveChangedUnseenAreForgotten() throws Exception {
    try (Connection on = server.connect(database);
        Statement statement = on.createStatement()) {
      TableDefinition table = table(on);
      TableDefinition kept = table(on, "kept");
      TableDefinition aside = table(on, "aside");
      TableDefinition gone = table(on, "gone");
      Divergence divergence = Divergence.NONE.withLeftOut("w");
      TableVersion left = version(kept, BEGIN).withTarget("elsewhere", divergence);
      TableVersion ignored = version(aside, BEGIN).withState(TableVersion.State.ASIDE);
      store.save(
          List.of(
              version(table, BEGIN), version(table, DONE), left, ignored, version(gone, BEGIN)));
      history.forgetUnlessSame(on, List.of(table, kept, aside, gone));
      assertThat(store.load()).hasSize(5);
      statement.execute("ALTER TABLE t ADD COLUMN w INT");
      statement.execute("DROP TABLE gone");
      TableDefinition now = new MySqlSchemaReader(on).find(table.schema().id()).orElseThrow();
      TableDefinition added = table(on, "added");
      history.forgetUnlessSame(on, List.of(now, kept, aside, added));
      assertThat(store.load())
          .filteredOn(version -> version.definition() != null)
          .containsExactlyInAnyOrder(left, ignored);
      assertThat(store.load())
          .filteredOn(version -> version.definition() == null)
          .as("to be read anew")
          .extracting(version -> version.table().table())
          .containsExactlyInAnyOrder("t", "added");
      TrackedTables tracked = new TrackedTables(target, database, SYNC, new OneDatabase(database));
      assertThat(tracked.isUnread(table.schema().id())).isTrue();
      assertThat(tracked.isUnread(added.schema().id())).isTrue();
      assertThat(tracked.isUnread(kept.schema().id())).isFalse();
      assertThat(tracked.newest().orElseThrow()).containsOnlyKeys(kept.schema().id());
    }
  }

  private TableDefinition table(Connection on) throws Exception {
    return table(on, "t");
  }

  private TableDefinition table(Connection on, String name) throws Exception {
    try (Statement statement = on.createStatement()) {
      statement.execute("CREATE TABLE " + name + " (id INT PRIMARY KEY, v INT)");
    }
    return new MySqlSchemaReader(on).find(new TableId(database, name)).orElseThrow();
  }

  private static TableVersion version(TableDefinition table, Lsn since) {
    TableId id = table.schema().id();
    return new TableVersion(
        id,
        since,
        null,
        TableVersion.State.THERE,
        since,
        id,
        table,
        id.table(),
        Divergence.NONE,
        null,
        null);
  }

  private TargetWork work(Lsn at) {
    LoggedStatement statement =
        new LoggedStatement(database, "DROP TABLE t", 0, "SYSTEM", 0, false);
    return new TargetWork(at, statement, List.of(), List.of(), "");
  }
}
