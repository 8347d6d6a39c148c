package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChangedParents;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which rows make a difference to a change of foreign keys that is found behind them. */
class LateKeysTest {
  private static final TableId CHILD = new TableId("shop", "c");
  private static final TableId OTHER = new TableId("shop", "other");
  private static final TableId NEW = new TableId("shop", "new_parent");
  private static final TableId OLD = new TableId("shop", "old_parent");
  private static final Lsn FROM = new Lsn("binlog.000001", 100, 1, 4);

  private final LateKeys keys =
      new LateKeys(
          Map.of(CHILD, new ChangedParents(Set.of(NEW), Set.of(OLD)), OTHER, ChangedParents.NONE),
          FROM);
  private long row;

  private void row(TableId table, Op op) {
    row++;
    keys.take(
        new ChangeEvent(
            table,
            0,
            op,
            op == Op.INSERT ? null : Row.of("1"),
            op == Op.DELETE ? null : Row.of("2"),
            new Lsn("binlog.000001", 100, 1, 4 + 2 * row),
            Lsn.START,
            1000));
  }

  private Optional<LateKeys.Late> late(String sql) {
    keys.statement(
        new LoggedStatement("shop", sql, 0, "", 1_000, false), new Lsn("binlog.000001", 900, 1, 0));
    return keys.late();
  }

  @Test
  void parentsThatAreGoneBeforeTheirKeyChanges() {
    row(OLD, Op.DELETE);
    row(OLD, Op.DELETE);
    LateKeys.Late late = late("ALTER TABLE c DROP FOREIGN KEY f").orElseThrow();
    assertThat(late.child()).isEqualTo(CHILD);
    assertThat(late.parent()).isEqualTo(OLD);
    assertThat(late.row()).isEqualTo(new Lsn("binlog.000001", 100, 1, 6));
    assertThat(late.statement().position()).isEqualTo(900);
    assertThat(late.sql()).contains("DROP FOREIGN KEY f");
  }

  /** Under a new key an update that matters is refused by whoever writes it. */
  @Test
  void updatesCountForKeysThatWent() {
    row(NEW, Op.UPDATE);
    assertThat(late("ALTER TABLE c DROP CONSTRAINT f")).isEmpty();
    row(OLD, Op.UPDATE);
    assertThat(late("ALTER TABLE c DROP CONSTRAINT f").orElseThrow().parent()).isEqualTo(OLD);
  }

  @Test
  void keysThatCome() {
    row(NEW, Op.INSERT);
    String add = "ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES new_parent (id) ON DELETE CASCADE";
    assertThat(late(add)).isEmpty();
    row(NEW, Op.DELETE);
    assertThat(late("ALTER TABLE other " + add.substring("ALTER TABLE c ".length()))).isEmpty();
    assertThat(late("ALTER TABLE c ADD INDEX (a), ADD CONSTRAINT k CHECK (a > 1)")).isEmpty();
    assertThat(late(add).orElseThrow().parent()).isEqualTo(NEW);
  }

  /** What comes behind the change has the keys of now, and what was applied does not come. */
  @Test
  void rowsBehindItAndThoseThatAreAppliedMakeNone() {
    row = -2;
    row(OLD, Op.DELETE);
    row(OLD, Op.DELETE);
    assertThat(late("ALTER TABLE c DROP FOREIGN KEY f")).isEmpty();
    row(OLD, Op.DELETE);
    assertThat(keys.late()).isEmpty();
  }

  @Test
  void onlyRowsOfTheParentsAreAskedFor() {
    assertThat(keys.includes(OLD)).isTrue();
    assertThat(keys.includes(NEW)).isTrue();
    assertThat(keys.includes(CHILD)).isFalse();
    assertThat(keys.isEmpty()).isFalse();
    assertThat(new LateKeys(Map.of(OTHER, ChangedParents.NONE), FROM).isEmpty()).isTrue();
  }
}
