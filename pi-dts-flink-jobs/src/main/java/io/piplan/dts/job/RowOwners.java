package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.resync.CanonicalKey;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.resync.RowClaims;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.dts.verify.RowCheck;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Between two sites without a running sync: which rows of B are A's to say. What decides is the
 * SYNC of a definition that goes from A to B, as for a repair by that sync. Used by one thread.
 */
public final class RowOwners implements AutoCloseable {
  private static final int SHOWN = 20;

  private final DatabaseRef a;
  private final TableSchema schema;
  private final SitePlan sites;
  private final RowClaims.Claims claims;
  private final RowCheck check;
  private final List<String> notOurs = new ArrayList<>();
  private final Map<Row, Optional<String>> judged = new HashMap<>();
  private long others;

  private RowOwners(
      DatabaseRef a, DatabaseRef b, TableSchema schema, String tableB, SitePlan sites) {
    this.a = a;
    this.schema = schema;
    this.sites = sites;
    this.claims = sites.claims().of(schema);
    List<String> unknown = CanonicalKey.unknown(schema);
    if (!unknown.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "who owns rows of "
              + schema.id()
              + " can't be told by a key with "
              + unknown
              + ", whose type is printed differently by servers",
          "write the rows at the site that owns them");
    }
    this.check = new RowCheck(a, b, schema, tableB, Optional.empty(), true);
  }

  /** Empty if no SYNC of the definition goes between the two as between sites. */
  public static Optional<RowOwners> of(
      Definition definition, DatabaseRef a, DatabaseRef b, String tableA, String tableB) {
    SyncPlanner planner = new SyncPlanner(definition);
    for (SyncDatabase sync : definition.syncs()) {
      if (!is(planner.sourceAddress(sync), sync.source().database(), a)
          || !is(planner.target(sync).address(), sync.target().database(), b)) {
        continue;
      }
      SitePlan sites = SitePlan.of(sync.options().sites(), SiteLinks::read);
      if (sites.preventsLoops()) {
        return Optional.of(new RowOwners(a, b, schema(a, tableA), tableB, sites));
      }
    }
    return Optional.empty();
  }

  private static boolean is(String address, String database, DatabaseRef other) {
    return address.equals(other.server().address()) && database.equals(other.schema());
  }

  private static TableSchema schema(DatabaseRef a, String table) {
    try (Connection connection = ((MySqlServer) a.server()).connect(Side.SOURCE)) {
      return new MySqlSchemaReader(connection).read(new TableId(a.schema(), table)).schema();
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }

  /** The columns by which rows are named in {@link #ours}. */
  public List<String> key() {
    return schema.key();
  }

  /**
   * @param named whether a person names each row
   * @throws DtsException {@code DEFINITION_BAD_OPTION} if rows have to be named, since nobody says
   *     whose they are
   */
  public void requireKnown(boolean named) {
    if (!named && claims.rule() == RowClaims.Rule.UNKNOWN) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "nobody says which zone owns which rows of " + schema.id(),
          "name the rows with --key, or give the table a ZSKey in the metadata");
    }
  }

  /**
   * Those of the rows that A's site may say; the others are remembered for {@link #notOurs}. Apps
   * of B may write meanwhile: {@link #judged} tells by what it was found.
   *
   * @param keys in the form that is the same on all servers
   */
  public List<Row> ours(List<Row> keys) {
    judged.clear();
    if (keys.isEmpty() || claims.rule() == RowClaims.Rule.UNKNOWN) {
      return List.copyOf(keys);
    }
    List<Row> rows = keys.stream().map(key -> CanonicalKey.row(schema, key)).toList();
    List<Row> ours = new ArrayList<>();
    try (Connection source = a.server().connect(Side.SOURCE)) {
      KeyLookup ofA = KeyLookup.of(source, CopiedTable.of(schema), rows, true);
      Map<Row, Row> ofB = check.rowsB(rows);
      for (int i = 0; i < rows.size(); i++) {
        Row row = rows.get(i);
        Optional<Row> inA = ofA.exactly(row).or(() -> ofA.alike(row));
        Optional<Row> inB = Optional.ofNullable(ofB.get(check.key(row)));
        if (isOurs(inA, inB)) {
          ours.add(keys.get(i));
          judged.put(keys.get(i), inB.map(this::printedVersion));
        } else if (others++ < SHOWN) {
          notOurs.add(RowJson.key(schema, row) + whose(inA.or(() -> inB).orElseThrow()));
        }
      }
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
    return ours;
  }

  private boolean isOurs(Optional<Row> inA, Optional<Row> inB) {
    Optional<Row> row = inA.or(() -> inB);
    if (row.isEmpty() || !claims.isOurs(row.get())) {
      return row.isEmpty();
    }
    boolean byVersion = claims.rule() == RowClaims.Rule.VERSION && inA.isPresent();
    return !byVersion
        || inB.isEmpty()
        || RowVersion.BY_CLOCK.compare(version(inB.get()), version(inA.get())) <= 0;
  }

  private String printedVersion(Row row) {
    int column = schema.indexOf(RowVersion.COLUMN);
    byte[] value = column < 0 ? null : row.value(column);
    return value == null ? "" : new String(value, StandardCharsets.US_ASCII);
  }

  /** The version that B's row had, of those found by {@link #ours} last; empty if it had none. */
  public Map<Row, Optional<String>> judged() {
    return Map.copyOf(judged);
  }

  private RowVersion version(Row row) {
    byte[] value = row.value(schema.indexOf(RowVersion.COLUMN));
    long version = value == null ? 0 : Long.parseLong(new String(value, StandardCharsets.US_ASCII));
    return version <= 0 ? RowVersion.NONE : RowVersion.decode(version);
  }

  private String whose(Row row) {
    return sites
        .owner(schema, row)
        .map(owner -> ": " + owner)
        .orElse(": written last by another zone");
  }

  /** Rows of other zones: the first of them, and how many more. */
  public List<String> notOurs() {
    List<String> shown = new ArrayList<>(notOurs);
    if (others > shown.size()) {
      shown.add("and " + (others - shown.size()) + " more");
    }
    return shown;
  }

  @Override
  public void close() {
    check.close();
  }
}
