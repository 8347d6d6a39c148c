package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import java.util.List;

/** Changes of one table that one kind of statement brings to the target. */
record Step(Kind kind, AppliedTable table, List<ChangeEvent> changes) {
  enum Kind {
    /** Plain insert of several rows; fails if one exists. */
    INSERT,
    /** Puts several rows, different keys, by key. */
    UPSERT,
    /** As UPSERT, but rows that are equal may be left alone. */
    COPY,
    /** Row by row: update by the key before, insert if there was none. */
    UPDATE,
    /** Deletes several rows. */
    DELETE,
    /** One change and then what it makes happen in child tables. */
    CASCADE
  }
}
