package io.piplan.dts.loopback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.Verdict.Action;
import io.piplan.dts.loopback.Verdict.Reason;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.RowVersion;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TableLoopbackTest {
  private static final MetadataDocument DOCUMENT =
      MetadataDocument.parse(
          "sites.json",
          """
          {"version": 1,
           "zones": [{"id": 1, "name": "bj"}, {"id": 2, "name": "sh"}, {"id": 3, "name": "gz"}],
           "zsids": {"count": 6, "owners": {"bj": ["0-1"], "sh": ["2-3"], "gz": ["4-5"]}},
           "algorithms": {"m": {"type": "mod"}},
           "tables": [{"name": "t", "zsKey": {"columns": ["k"], "algorithm": "m"}}]}
          """);

  private static SiteLink link(boolean versions) {
    return SiteLinks.between(DOCUMENT, "bj", "sh", versions);
  }

  private static TableSchema table(String name) {
    return new TableSchema(
        new TableId("shop", name),
        List.of(
            Column.of("id", ColumnType.INT, "int", false),
            Column.of("k", ColumnType.INT, "int", true),
            Column.of("v", ColumnType.VARCHAR, "varchar(9)", true),
            Column.of("pidal_c", ColumnType.BIGINT, "bigint", false)),
        List.of("id"),
        List.of(),
        List.of(),
        "");
  }

  private static Row row(String key, String value, RowVersion version) {
    return Row.of("7", key, value, Long.toString(version.encode()));
  }

  private static ChangeEvent change(Row before, Row after) {
    Op op = before == null ? Op.INSERT : after == null ? Op.DELETE : Op.UPDATE;
    return new ChangeEvent(
        new TableId("shop", "t"), 0, op, before, after, new Lsn("b.1", 4, 1, 2), Lsn.START, 0);
  }

  private static Reason judge(boolean versions, String table, Row before, Row after) {
    return new TableLoopback(link(versions), table(table)).change(change(before, after)).reason();
  }

  private static RowVersion by(int zone, long clock) {
    return new RowVersion(zone, clock, false);
  }

  @Example
  void whatOurZoneWroteIsSent() {
    assertThat(judge(true, "t", null, row("0", "a", by(1, 5)))).isEqualTo(Reason.OURS);
    assertThat(judge(true, "t", row("0", "a", by(1, 5)), row("1", "b", by(1, 6))))
        .isEqualTo(Reason.OURS);
    // Its last writer was another zone, when that one owned it.
    assertThat(judge(true, "t", row("0", "a", by(2, 5)), row("0", "b", by(1, 6))))
        .isEqualTo(Reason.OURS);
    assertThat(judge(true, "t", row("0", "a", by(2, 5)), null)).isEqualTo(Reason.OURS);
  }

  @Example
  void whatCameInIsKept() {
    assertThat(judge(true, "t", null, row("2", "a", by(2, 5)))).isEqualTo(Reason.FOREIGN);
    assertThat(judge(true, "t", row("0", "a", by(1, 5)), row("4", "b", by(3, 6))))
        .isEqualTo(Reason.FOREIGN);
  }

  @Example
  void aLockIsKept() {
    RowVersion version = by(1, 5);
    assertThat(judge(true, "t", row("0", "a", version), row("0", "a", version.withLock(true))))
        .isEqualTo(Reason.LOCK);
    assertThat(judge(true, "t", row("0", "a", version.withLock(true)), row("0", "a", version)))
        .isEqualTo(Reason.LOCK);
  }

  @Example
  void writesPastTheRulesAreConflicts() {
    assertThat(judge(true, "t", null, row("0", "a", RowVersion.NONE))).isEqualTo(Reason.NO_VERSION);
    assertThat(judge(true, "t", row("0", "a", by(1, 5)), row("0", "b", by(1, 5))))
        .isEqualTo(Reason.NO_VERSION);
    Row negative = Row.of("7", "0", "a", "-3");
    assertThat(judge(true, "t", null, negative)).isEqualTo(Reason.NO_VERSION);
    assertThat(judge(true, "t", null, Row.of("7", "0", "a", null))).isEqualTo(Reason.NO_VERSION);
  }

  @Example
  void whoDoesNotOwnTheRowMakesAConflict() {
    for (boolean versions : new boolean[] {true, false}) {
      assertThat(judge(versions, "t", null, row("2", "a", by(1, 5)))).isEqualTo(Reason.NOT_OWNER);
      assertThat(judge(versions, "t", row("0", "a", by(1, 5)), row("2", "b", by(1, 6))))
          .isEqualTo(Reason.NOT_OWNER);
      assertThat(judge(versions, "t", row("2", "a", by(2, 5)), row("0", "b", by(1, 6))))
          .isEqualTo(Reason.NOT_OWNER);
      assertThat(judge(versions, "t", row("2", "a", by(2, 5)), null)).isEqualTo(Reason.NOT_OWNER);
      assertThat(judge(versions, "t", null, row(null, "a", by(1, 5)))).isEqualTo(Reason.NO_ZSID);
    }
    Verdict verdict =
        new TableLoopback(link(true), table("t")).change(change(null, row("2", "a", by(1, 5))));
    assertThat(verdict.detail()).contains("bj (1)").contains("ZSID 2").contains("sh (2)");
  }

  @Example
  void tablesWithoutZsKeyBelongToEveryZone() {
    assertThat(judge(true, "other", null, row("2", "a", by(1, 5)))).isEqualTo(Reason.OURS);
    assertThat(judge(true, "other", row("2", "a", by(2, 5)), null)).isEqualTo(Reason.OURS);
    assertThat(judge(true, "other", null, row("2", "a", by(2, 5)))).isEqualTo(Reason.FOREIGN);
    assertThat(judge(false, "other", null, row("2", "a", by(2, 5)))).isEqualTo(Reason.OURS);
  }

  @Example
  void withoutMetadataMarksAreAll() {
    SiteLink marks = new SiteLink(null, link(false).source(), link(false).target(), false);
    assertThat(new TableLoopback(marks, table("t")).change(change(null, row("2", "a", by(2, 5)))))
        .isEqualTo(Verdict.OURS);
  }

  @Example
  void copiedRowsAreSentIfOurZoneWroteThemLast() {
    TableLoopback table = new TableLoopback(link(true), table("t"));
    assertThat(table.copied(row("0", "a", by(1, 5))).action()).isEqualTo(Action.SEND);
    // Owned by another zone by now, but nobody else has it to send: it is written where none is.
    assertThat(table.copied(row("2", "a", by(1, 5))).action()).isEqualTo(Action.SEND);
    assertThat(table.replacing(row("2", "a", by(1, 5))).reason()).isEqualTo(Reason.NOT_OWNER);
    assertThat(table.replacing(row("0", "a", by(1, 5)))).isEqualTo(Verdict.OURS);
    assertThat(table.copied(row("0", "a", by(2, 5))).action()).isEqualTo(Action.KEEP);
    assertThat(table.copied(row("0", "a", RowVersion.NONE)).action()).isEqualTo(Action.CONFLICT);
    assertThat(
            new TableLoopback(link(false), table("t"))
                .copied(row("0", "a", RowVersion.NONE))
                .action())
        .isEqualTo(Action.SEND);
  }

  @Example
  void columnsThatAreMissing() {
    TableSchema bare =
        new TableSchema(
            new TableId("shop", "t"),
            List.of(Column.of("id", ColumnType.INT, "int", false)),
            List.of("id"),
            List.of(),
            List.of(),
            "");
    assertThatThrownBy(() -> new TableLoopback(link(false), bare))
        .isInstanceOfSatisfying(
            DtsException.class,
            e -> assertThat(e.error()).isEqualTo(DtsError.SOURCE_SCHEMA_CHANGED))
        .hasMessageContaining("no column k");
  }

  /** An app that makes a table does not hold up the others. */
  @Example
  void changesOfTablesWithoutTheColumnStay() {
    TableSchema made =
        new TableSchema(
            new TableId("shop", "other"),
            List.of(Column.of("k", ColumnType.INT, "int", false)),
            List.of("k"),
            List.of(),
            List.of(),
            "");
    Row row = new Row(new byte[][] {{'0'}});
    TableLoopback table = new TableLoopback(link(true), made);
    assertThat(table.takesPart()).isFalse();
    ChangeEvent insert =
        new ChangeEvent(made.id(), 0, Op.INSERT, null, row, Lsn.START, Lsn.START, 0);
    assertThat(table.change(insert).reason()).isEqualTo(Reason.NO_COLUMN);
    assertThat(table.copied(row).action()).isEqualTo(Action.KEEP);
    TableLoopback marked = new TableLoopback(link(false), made);
    assertThat(marked.takesPart()).isTrue();
    assertThat(marked.change(insert)).isEqualTo(Verdict.OURS);
    assertThat(marked.copied(row)).isEqualTo(Verdict.OURS);
  }

  @Provide
  Arbitrary<RowVersion> versions() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 3),
            Arbitraries.longs().between(1, 1000),
            Arbitraries.of(true, false))
        .as(RowVersion::new);
  }

  /**
   * What one site sends, no other site sends on: nothing can go round, with any number of zones.
   */
  @Property
  void oneZoneAtMostSendsAnInsertOrUpdate(
      @ForAll("versions") RowVersion before,
      @ForAll("versions") RowVersion after,
      @ForAll boolean insert,
      @ForAll int key) {
    Row old = insert ? null : row(Integer.toString(key), "a", before);
    ChangeEvent change = change(old, row(Integer.toString(key), "b", after));
    List<String> zones = List.of("bj", "sh", "gz");
    long senders =
        zones.stream()
            .filter(
                zone -> {
                  String other = zones.get((zones.indexOf(zone) + 1) % 3);
                  SiteLink link = SiteLinks.between(DOCUMENT, zone, other, true);
                  return new TableLoopback(link, table("t")).change(change).action() == Action.SEND;
                })
            .count();
    assertThat(senders).isLessThanOrEqualTo(1);
  }

  /** A delete that no sync wrote is sent by the row's owner and by nobody else. */
  @Property
  void oneZoneSendsADelete(@ForAll("versions") RowVersion before, @ForAll int key) {
    ChangeEvent change = change(row(Integer.toString(key), "a", before), null);
    List<String> zones = List.of("bj", "sh", "gz");
    long senders =
        zones.stream()
            .filter(
                zone -> {
                  String other = zones.get((zones.indexOf(zone) + 1) % 3);
                  SiteLink link = SiteLinks.between(DOCUMENT, zone, other, true);
                  return new TableLoopback(link, table("t")).change(change).action() == Action.SEND;
                })
            .count();
    assertThat(senders).isEqualTo(1);
  }
}
