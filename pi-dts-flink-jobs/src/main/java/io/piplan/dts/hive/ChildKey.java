package io.piplan.dts.hive;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A foreign key of a table as a child, whose action when a parent row is deleted is not in the
 * binlog. The log of the child gets one row for the parent's end; who reads the state follows it.
 *
 * @param op what such a row has as its {@link LogColumns#OP}
 * @param columns of the child, as Hive spells them
 * @param deletes whether child rows are deleted, else their columns become NULL
 * @param ended whether the source has it no more: what it did counts, and nothing is added to that
 */
record ChildKey(
    String op,
    TableId parent,
    List<String> columns,
    List<String> parentColumns,
    boolean deletes,
    boolean ended)
    implements Serializable {
  /** How the op of every such row begins. */
  static final String PREFIX = "x:";

  ChildKey {
    columns = List.copyOf(columns);
    parentColumns = List.copyOf(parentColumns);
  }

  /** The key's name at the source when it was first seen, for messages. */
  String name() {
    return op.substring(PREFIX.length());
  }

  ChildKey withOp(String other) {
    return new ChildKey(other, parent, columns, parentColumns, deletes, ended);
  }

  /** What it does, whatever it is called. */
  ChildKey nameless() {
    return withOp("");
  }

  /** Whether rows of the log that tell of either say the same of the child's rows. */
  boolean tellsLike(ChildKey other) {
    return deletes == other.deletes && columns.equals(other.columns);
  }

  /** With columns under the names that they lie in the log by. */
  ChildKey withColumns(List<String> stored) {
    return new ChildKey(op, parent, stored, parentColumns, deletes, ended);
  }

  ChildKey end() {
    return new ChildKey(op, parent, columns, parentColumns, deletes, true);
  }

  /** Those of a table's foreign keys that act when a parent row is deleted. */
  static List<ChildKey> of(TableSchema schema) {
    List<ChildKey> keys = new ArrayList<>();
    for (ForeignKey key : schema.foreignKeys()) {
      if (key.onDelete() != ForeignKey.Action.RESTRICT) {
        keys.add(
            new ChildKey(
                PREFIX + key.name().toLowerCase(Locale.ROOT),
                key.parent(),
                key.columns().stream().map(name -> name.toLowerCase(Locale.ROOT)).toList(),
                key.parentColumns(),
                key.onDelete() == ForeignKey.Action.CASCADE,
                false));
      }
    }
    return keys;
  }
}
