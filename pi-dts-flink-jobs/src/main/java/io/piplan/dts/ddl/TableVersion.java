package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.Objects;

/**
 * What a table of the source is like from a place of the binlog on.
 *
 * @param since the place
 * @param readAt where the binlog ended when the definition was read from the server, if that is all
 *     that is known: between {@code since} and here it may have been another one; else null
 * @param state whether it is there and synced
 * @param born since when it holds what it holds: by another one, its copy begins anew
 * @param origin what it was called then
 * @param definition null if not known
 * @param target what it is called on the target
 * @param group whose lane all its rows go through; null if they are spread by key
 * @param ghost what it is a ghost of; null if of none
 */
record TableVersion(
    TableId table,
    Lsn since,
    Lsn readAt,
    State state,
    Lsn born,
    TableId origin,
    TableDefinition definition,
    String target,
    Divergence divergence,
    String group,
    Ghost ghost) {

  enum State {
    /** There, and synced if the definition takes it. */
    THERE,
    /** There, and not synced: a ghost, or made while new tables are ignored. */
    ASIDE,
    /** Not there. */
    GONE,
    /** Not there, and what takes its place is to come. */
    PARKED
  }

  TableVersion {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(since, "since");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(born, "born");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(divergence, "divergence");
  }

  /** Whether the table is there, and what it is like is yet to be read. */
  boolean isUnread() {
    return state == State.THERE && definition == null;
  }

  boolean exists() {
    return state == State.THERE || state == State.ASIDE;
  }

  /** Whether a statement at this place may be in the definition already. */
  boolean mayHold(Lsn statement) {
    return readAt != null && statement.compareTo(readAt) < 0;
  }

  TableVersion from(Lsn place) {
    return new TableVersion(
        table, place, null, state, born, origin, definition, target, divergence, group, ghost);
  }

  /** What is only told otherwise, and in force as long as the other one is. */
  TableVersion sameBut(TableVersion other) {
    return new TableVersion(
        table,
        other.since,
        other.readAt,
        state,
        other.born,
        other.origin,
        definition,
        target,
        divergence,
        group,
        ghost);
  }

  TableVersion withDefinition(TableDefinition newDefinition, Lsn newReadAt) {
    return new TableVersion(
        table,
        since,
        newReadAt,
        state,
        born,
        origin,
        newDefinition,
        target,
        divergence,
        group,
        ghost);
  }

  TableVersion withState(State newState) {
    return new TableVersion(
        table, since, readAt, newState, born, origin, definition, target, divergence, group, ghost);
  }

  TableVersion withTarget(String newTarget, Divergence newDivergence) {
    return new TableVersion(
        table,
        since,
        readAt,
        state,
        born,
        origin,
        definition,
        newTarget,
        newDivergence,
        group,
        ghost);
  }

  TableVersion withGroup(String newGroup) {
    return new TableVersion(
        table, since, readAt, state, born, origin, definition, target, divergence, newGroup, ghost);
  }

  TableVersion withGhost(Ghost newGhost) {
    return new TableVersion(
        table, since, readAt, state, born, origin, definition, target, divergence, group, newGhost);
  }

  /** What it holds is new. */
  TableVersion reborn(Lsn place) {
    return new TableVersion(
        table, since, readAt, state, place, table, definition, target, divergence, group, ghost);
  }

  /** The same table under another name. */
  TableVersion moved(TableId to) {
    return new TableVersion(
        to,
        since,
        readAt,
        state,
        born,
        origin,
        definition == null ? null : definition.named(to),
        target,
        divergence,
        group,
        ghost);
  }
}
