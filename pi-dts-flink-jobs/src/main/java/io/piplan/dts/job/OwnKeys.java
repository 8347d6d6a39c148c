package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.resync.RowClaims;
import io.piplan.dts.verify.RowCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Collects keys of rows that are to be made again, and sends them on in parts. Between sites only
 * those that are the source's to say: of the others it keeps the first few, to tell about them. The
 * sync decides again when it reads them; here it is for the person.
 */
final class OwnKeys {
  private static final int KEYS_AT_ONCE = 20_000;
  private static final int SHOWN = 20;

  /** Where the keys go. */
  interface Sink {
    /** Returns the number of the request. */
    long send(List<String> keys);
  }

  private final SyncPlan plan;
  private final CopiedTable table;
  private final String targetTable;
  private final Sink sink;
  private final RowClaims.Claims claims;
  private final List<Row> unjudged = new ArrayList<>();
  private final Set<String> keys = new LinkedHashSet<>();
  private final List<Long> ids = new ArrayList<>();
  private final List<String> notOurs = new ArrayList<>();
  private long others;

  OwnKeys(SyncPlan plan, CopiedTable table, String targetTable, Sink sink) {
    this.plan = plan;
    this.table = table;
    this.targetTable = targetTable;
    this.sink = sink;
    this.claims = plan.sites().claims().of(table.schema());
  }

  /**
   * @param key a row of which only the key counts
   */
  void add(Row key) {
    if (!isJudged()) {
      add(RowJson.key(table.schema(), key));
      return;
    }
    unjudged.add(key);
    if (unjudged.size() >= RowCheck.ROWS) {
      judge();
    }
  }

  private boolean isJudged() {
    return claims.rule() == RowClaims.Rule.OWNER || claims.rule() == RowClaims.Rule.VERSION;
  }

  private void add(String key) {
    keys.add(key);
    if (keys.size() >= KEYS_AT_ONCE) {
      sendKeys();
    }
  }

  /** A row that was mended otherwise. */
  void leaveOut(String key) {
    judge();
    keys.remove(key);
  }

  private void sendKeys() {
    if (!keys.isEmpty()) {
      ids.add(sink.send(List.copyOf(keys)));
      keys.clear();
    }
  }

  /** Sends what is left; returns the numbers of all requests. */
  List<Long> send() {
    judge();
    sendKeys();
    return List.copyOf(ids);
  }

  /** Rows of other zones: the first of them, and how many more. */
  List<String> notOurs() {
    List<String> shown = new ArrayList<>(notOurs);
    if (others > shown.size()) {
      shown.add("and " + (others - shown.size()) + " more");
    }
    return shown;
  }

  private void judge() {
    if (unjudged.isEmpty()) {
      return;
    }
    TableSchema schema = table.schema();
    try (Connection source = plan.source().connect(Side.SOURCE);
        RowCheck check =
            new RowCheck(
                new DatabaseRef(plan.source(), schema.id().database()),
                new DatabaseRef(plan.target(), plan.targetSchema()),
                schema,
                targetTable,
                Optional.empty(),
                true)) {
      KeyLookup found = KeyLookup.of(source, table, unjudged, true);
      Map<Row, Row> there = check.rowsB(unjudged);
      for (Row key : unjudged) {
        Optional<Row> row =
            found
                .exactly(key)
                .or(() -> found.alike(key))
                .or(() -> Optional.ofNullable(there.get(check.key(key))));
        if (row.isEmpty() || claims.isOurs(row.get())) {
          add(RowJson.key(schema, key));
        } else if (others++ < SHOWN) {
          notOurs.add(RowJson.key(schema, key) + whose(row.get()));
        }
      }
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
    unjudged.clear();
  }

  private String whose(Row row) {
    return plan.sites()
        .owner(table.schema(), row)
        .map(owner -> ": " + owner)
        .orElse(": written last by another zone");
  }
}
