package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** In which order a target without transactions is asked and told, and what is not done again. */
class TextDdlRunnerTest {
  private static final Lsn PLACE = new Lsn("binlog.000003", 700, 2, 0);
  private static final TableRules RULES = new OneDatabase("shop");
  private static final TableId T = new TableId("ods", "t");

  private final Heard target = new Heard();
  private final TextSchemaStore store = new TextSchemaStore(target, "shop");

  /** Keeps texts, and what it was asked for. */
  private static final class Heard implements TextTarget {
    private static final long serialVersionUID = 1;

    final List<String> asked = new ArrayList<>();
    private final Map<String, String> texts = new HashMap<>();
    String refusal;
    Unrelated unrelated;

    @Override
    public Optional<String> text(String name) {
      return Optional.ofNullable(texts.get(name));
    }

    @Override
    public void keep(String name, String text) {
      texts.put(name, text);
    }

    @Override
    public Watch watch() {
      return new Watch() {
        @Override
        public boolean isReached(Lsn place, int writers, Set<String> tables) {
          asked.add("reached? " + new TreeSet<>(tables));
          return true;
        }

        @Override
        public Optional<String> text(String name) {
          return Heard.this.text(name);
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public Optional<String> refusal(TableId table, List<List<ColumnEdit>> changes, Lsn place) {
      asked.add("possible? " + table + " " + changes.stream().map(List::size).toList());
      return Optional.ofNullable(refusal);
    }

    @Override
    public Optional<String> refusal(List<Move> moves, Lsn place) {
      asked.add("possible? " + moves.size() + " names");
      return Optional.ofNullable(refusal);
    }

    @Override
    public List<String> alter(TableId table, List<ColumnEdit> edits, Lsn place, int number) {
      asked.add("alter " + table + " #" + number + " " + edits.size());
      return List.of("altered");
    }

    @Override
    public List<String> empty(TableId table, Lsn place, long sourceMillis) {
      asked.add("empty " + table);
      return List.of("emptied");
    }

    @Override
    public List<String> drop(TableId table) {
      asked.add("drop " + table);
      return List.of("dropped");
    }

    @Override
    public List<String> rename(List<Move> moves, Lsn place) {
      asked.add("rename " + moves.size());
      return List.of("renamed");
    }

    @Override
    public Optional<Unrelated> unrelated(Map<String, Child> changed, List<TableSchema> all) {
      asked.add(
          "related? " + changed.keySet() + " of " + all.stream().map(TableSchema::id).toList());
      return Optional.ofNullable(unrelated);
    }

    @Override
    public List<String> relate(String table, TableSchema source) {
      asked.add(
          "relate "
              + table
              + " to "
              + source.foreignKeys().stream().map(key -> key.parent().toString()).toList());
      return List.of();
    }
  }

  private static TargetWork work(List<TargetChange> changes, List<TableVersion> mapped) {
    LoggedStatement statement =
        new LoggedStatement("shop", "ALTER TABLE t ADD x INT", 0, "", 1_000, false);
    return new TargetWork(PLACE, statement, changes, mapped, "");
  }

  private static TargetChange alter(String... added) {
    List<TargetAction> actions = new ArrayList<>();
    for (String name : added) {
      actions.add(
          new TargetAction.AddColumn(Column.of(name, ColumnType.INT, "int", true), false, null));
    }
    return new TargetChange.Alter(T, null, null, actions);
  }

  private void run(TargetWork work) throws InterruptedException {
    store.claim("me");
    new TextDdlRunner(store, RULES, 1, "me").run(work);
  }

  private DdlLog.State state() {
    return store.note(PLACE).orElseThrow().state();
  }

  /** What comes of a statement may look as if the statement could not be. */
  @Test
  void whatIsDoneIsNotAskedAboutAgain() throws InterruptedException {
    run(work(List.of(alter("x")), List.of()));
    assertThat(state()).isEqualTo(DdlLog.State.DONE);
    assertThat(target.asked)
        .containsExactly(
            "possible? ods.t [1]", "reached? [t]", "possible? ods.t [1]", "alter ods.t #0 1");
    target.asked.clear();
    target.refusal = "there is a column x already";
    run(work(List.of(alter("x")), List.of()));
    assertThat(target.asked).isEmpty();
    assertThat(state()).isEqualTo(DdlLog.State.DONE);
  }

  @Test
  void changesOfOneTableAreNumbered() throws InterruptedException {
    TableId other = new TableId("ods", "u");
    run(
        work(
            List.of(
                alter("x"),
                new TargetChange.Alter(other, null, null, List.of()),
                alter(),
                alter("y", "z"),
                new TargetChange.Drop(other)),
            List.of()));
    assertThat(target.asked.subList(0, 2))
        .containsExactly("possible? ods.t [1, 0, 2]", "possible? ods.u [0]");
    assertThat(target.asked.subList(target.asked.size() - 3, target.asked.size()))
        .containsExactly("alter ods.t #0 1", "alter ods.t #2 2", "drop ods.u");
  }

  @Test
  void whatIsRefusedIsNotBegun() {
    target.refusal = "it is of the key";
    assertThat(catchThrowable(() -> run(work(List.of(alter("x")), List.of()))))
        .hasMessageContaining("PI-2022")
        .hasMessageContaining("it is of the key")
        .hasMessageContaining("ADD x INT");
    assertThat(target.asked).containsExactly("possible? ods.t [1]");
    assertThat(store.note(PLACE)).isEmpty();
  }

  private static TableVersion child(ForeignKey... keys) {
    TableId child = new TableId("shop", "child");
    TableDefinition definition =
        TableDefinition.of(
            child,
            List.of(
                Column.of("id", ColumnType.INT, "int", false),
                Column.of("p_id", ColumnType.INT, "int", true)),
            List.of(),
            List.of(keys),
            "",
            Map.of(),
            Map.of(),
            "utf8mb4_bin");
    return new TableVersion(
        child,
        PLACE,
        null,
        TableVersion.State.THERE,
        PLACE,
        child,
        definition,
        "children",
        Divergence.NONE,
        null,
        null);
  }

  private static final ForeignKey KEY =
      new ForeignKey(
          "fk",
          List.of("p_id"),
          new TableId("shop", "parents"),
          List.of("id"),
          ForeignKey.Action.CASCADE,
          ForeignKey.Action.RESTRICT);

  /** A child knows its parent by name. */
  @Test
  void childrenHearOfTheirParentsNewNames() throws InterruptedException {
    TargetChange rename =
        new TargetChange.Rename(
            List.of(new TargetChange.Move(T, new TableId("ods", "parents"), null)));
    run(work(List.of(rename), List.of(child(KEY))));
    assertThat(target.asked).contains("reached? [children, parents, t]");
    assertThat(target.asked.subList(target.asked.size() - 2, target.asked.size()))
        .containsExactly("rename 1", "relate children to [shop.parents]");
  }

  /** Also of none: its rows end with no others any more. */
  @Test
  void childrenHearThatTheyHaveNoForeignKeys() throws InterruptedException {
    run(work(List.of(), List.of(child())));
    assertThat(target.asked).containsExactly("reached? [children]", "relate children to []");
  }

  @Test
  void whatForeignKeysDoMayBeRefused() {
    target.unrelated = new TextTarget.Unrelated("one step only", "'hive.cascades' = 'ignore'");
    store.save(List.of(child(KEY)));
    assertThat(catchThrowable(() -> run(work(List.of(), List.of(child(KEY))))))
        .hasMessageContaining("PI-2022")
        .hasMessageContaining("one step only")
        .hasMessageContaining("'hive.cascades' = 'ignore', and start the sync again");
    assertThat(target.asked).containsExactly("related? [children] of [shop.child]");
    assertThat(store.note(PLACE)).isEmpty();
  }

  @Test
  void whoWasReplacedDoesNothing() {
    store.claim("another");
    assertThat(
            catchThrowable(
                () ->
                    new TextDdlRunner(store, RULES, 1, "me")
                        .run(work(List.of(alter("x")), List.of()))))
        .hasMessageContaining("another reader");
    assertThat(target.asked).doesNotContain("alter ods.t #0 1");
  }
}
