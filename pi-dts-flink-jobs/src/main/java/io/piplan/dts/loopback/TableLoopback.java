package io.piplan.dts.loopback;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.Verdict.Reason;
import io.piplan.meta.RowVersion;
import io.piplan.meta.TableRule;
import io.piplan.meta.Zone;
import io.piplan.meta.ZsKey;
import io.piplan.meta.Zsid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Judges the changes of one table that apps have made at the source's site; transactions that syncs
 * have written are left out before, as far as they are marked.
 *
 * <ul>
 *   <li>An insert or update is ours if its after image has our zone id (with versions).
 *   <li>A delete has no version of its own: it is ours, since no sync has written it.
 *   <li>What is ours must be of a row that our zone owns, before and after. Else it is a conflict.
 *   <li>With versions, nothing is ours of a table that does not have their column.
 * </ul>
 */
public final class TableLoopback {
  private final SiteLink link;
  private final TableSchema schema;
  private final int version;
  private final ZsKey key;
  private final int[] keyColumns;

  public TableLoopback(SiteLink link, TableSchema schema) {
    this.link = link;
    this.schema = schema;
    this.version = link.versions() ? schema.indexOf(RowVersion.COLUMN) : -1;
    this.key =
        Optional.ofNullable(link.metadata())
            .flatMap(metadata -> metadata.rule(schema.id().table()))
            .flatMap(TableRule::key)
            .orElse(null);
    this.keyColumns =
        key == null ? new int[0] : key.columns().stream().mapToInt(schema::indexOf).toArray();
    for (int i = 0; i < keyColumns.length; i++) {
      if (keyColumns[i] < 0) {
        throw new DtsException(
            DtsError.SOURCE_SCHEMA_CHANGED,
            "table "
                + schema.id()
                + " has no column "
                + key.columns().get(i)
                + ", a column of its ZSKey in the metadata",
            "add the column, or correct the metadata");
      }
    }
  }

  /**
   * Whether it takes part at all: with versions a table needs its column. One that an app has just
   * made has none, and stays where it is until somebody adds it.
   */
  public boolean takesPart() {
    return !link.versions() || version >= 0;
  }

  /** Whether rows of just this schema are judged. */
  @SuppressWarnings(
      "ReferenceEquality") // Asked for each change; a schema that changes is a new one.
  public boolean isFor(TableSchema other) {
    return schema == other;
  }

  /** Whether a change is ours to send. */
  public Verdict change(ChangeEvent change) {
    if (!takesPart()) {
      return Verdict.NO_COLUMN;
    }
    if (version >= 0 && change.after() != null) {
      Verdict byVersion = byVersion(change);
      if (byVersion.reason() != Reason.OURS) {
        return byVersion;
      }
    }
    Verdict before = change.before() == null ? Verdict.OURS : byOwner(change.before());
    return before.reason() != Reason.OURS || change.after() == null
        ? before
        : byOwner(change.after());
  }

  /**
   * Whether a copied row is ours to send. Who owns it now doesn't matter here: it may have been
   * ours. {@link #replacing} says whether it may take the place of another.
   */
  public Verdict copied(Row row) {
    if (version < 0) {
      return takesPart() ? Verdict.OURS : Verdict.NO_COLUMN;
    }
    RowVersion found = version(row);
    if (found.zone() == 0) {
      return noVersion("zone id 0 in " + RowVersion.COLUMN);
    }
    return found.zone() == link.source().id() ? Verdict.OURS : Verdict.FOREIGN;
  }

  /**
   * Whether a copied row may take the place of the one that the target has. A row of another zone
   * may have been ours once, and be missing there, but nobody else than its owner changes it.
   */
  public Verdict replacing(Row row) {
    return version < 0 ? Verdict.OURS : byOwner(row);
  }

  /** Whether the metadata says which zone owns a row. */
  public boolean hasOwner() {
    return key != null;
  }

  /**
   * Whether the source's zone is the one to say what a row is: it owns it, or, where nobody says
   * who does, has written it last.
   */
  public boolean isOurs(Row row) {
    if (key != null) {
      return byOwner(row).reason() == Reason.OURS;
    }
    return version < 0 || version(row).zone() == link.source().id();
  }

  /** Who owns a row, in words; empty if nobody says. */
  public Optional<String> owner(Row row) {
    if (key == null) {
      return Optional.empty();
    }
    return key.zsid(values(row))
        .map(
            zsid -> {
              int owner = link.metadata().ownership().owner(zsid);
              return "ZSID "
                  + zsid
                  + ", owned by zone "
                  + link.metadata().zone(owner).map(Zone::toString).orElse("" + owner);
            });
  }

  private List<byte[]> values(Row row) {
    List<byte[]> values = new ArrayList<>(keyColumns.length);
    for (int column : keyColumns) {
      values.add(row.value(column));
    }
    return values;
  }

  private Verdict byVersion(ChangeEvent change) {
    RowVersion after = version(change.after());
    if (after.zone() == 0) {
      return noVersion("zone id 0 in " + RowVersion.COLUMN);
    }
    if (after.zone() != link.source().id()) {
      return Verdict.FOREIGN;
    }
    if (change.before() != null
        && version(change.before()).withLock(false).equals(after.withLock(false))) {
      return sameButVersion(change.before(), change.after())
          ? Verdict.LOCK
          : noVersion("the row changed, and " + RowVersion.COLUMN + " did not");
    }
    return Verdict.OURS;
  }

  private Verdict noVersion(String what) {
    return new Verdict(
        Reason.NO_VERSION,
        what
            + ": somebody wrote to "
            + schema.id()
            + " at "
            + link.source()
            + " past the triggers (or the proxy) that keep "
            + RowVersion.COLUMN);
  }

  private boolean sameButVersion(Row before, Row after) {
    for (int i = 0; i < before.size(); i++) {
      if (i != version && !Arrays.equals(before.value(i), after.value(i))) {
        return false;
      }
    }
    return true;
  }

  private RowVersion version(Row row) {
    byte[] value = row.value(version);
    try {
      return value == null ? RowVersion.NONE : RowVersion.decode(number(value));
    } catch (IllegalArgumentException e) {
      // Below zero: nothing that anybody wrote by the rules.
      return RowVersion.NONE;
    }
  }

  private static long number(byte[] digits) {
    boolean negative = digits.length > 0 && digits[0] == '-';
    long number = 0;
    for (int i = negative ? 1 : 0; i < digits.length; i++) {
      number = number * 10 + (digits[i] - '0');
    }
    return negative ? -number : number;
  }

  private Verdict byOwner(Row row) {
    if (key == null) {
      return Verdict.OURS;
    }
    List<byte[]> values = values(row);
    Optional<Zsid> zsid = key.zsid(values);
    if (zsid.isEmpty()) {
      return new Verdict(
          Reason.NO_ZSID,
          "ZSKey " + key.columns() + " = " + shown(values) + " has no ZSID by its algorithm");
    }
    int owner = link.metadata().ownership().owner(zsid.get());
    if (owner == link.source().id()) {
      return Verdict.OURS;
    }
    return new Verdict(
        Reason.NOT_OWNER,
        "written at "
            + link.source()
            + ", but ZSID "
            + zsid.get()
            + " (ZSKey "
            + key.columns()
            + " = "
            + shown(values)
            + ") is owned by "
            + link.metadata().zone(owner).map(Zone::toString).orElse("zone " + owner));
  }

  private static List<String> shown(List<byte[]> values) {
    return values.stream()
        .map(
            value ->
                value == null ? "NULL" : new String(value, java.nio.charset.StandardCharsets.UTF_8))
        .toList();
  }
}
