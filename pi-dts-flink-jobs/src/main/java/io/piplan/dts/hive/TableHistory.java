package io.piplan.dts.hive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What became of a synced table since it was made. Columns are named as they lie in log and state,
 * where none is ever taken away or called otherwise: files from before have them so.
 *
 * @param added columns that it got later, and what rows from before have in them
 * @param names what columns are called at the source that are called otherwise there by now; an
 *     empty name if they are gone
 * @param emptied the place from which on rows count, as text; empty if all do
 * @param changed the {@link #mark} of the last change; empty if there was none
 */
record TableHistory(
    List<AddedColumn> added, Map<String, String> names, String emptied, String changed) {
  static final TableHistory NONE = new TableHistory(List.of(), Map.of(), "", "");

  TableHistory {
    added = List.copyOf(added);
    names = Map.copyOf(names);
  }

  /**
   * What a change is known by; marks order as the changes do.
   *
   * @param place of the statement, as text
   * @param number of the change among those that the statement makes to the table, from 0
   */
  static String mark(String place, int number) {
    return number == 0 ? place : "%s+%06d".formatted(place, number);
  }

  /** Whether a change was made before. */
  boolean has(String mark) {
    return changed.compareTo(mark) >= 0;
  }

  /** What a column is called at the source; empty if the source has it no more. */
  Optional<String> sourceName(String stored) {
    String name = names.getOrDefault(stored, stored);
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  /** What the rows from before have in a column that was added with a value. */
  Optional<AddedColumn> addition(String stored) {
    return added.stream().filter(each -> each.column().equals(stored)).findFirst();
  }

  TableHistory withAdded(List<AddedColumn> more) {
    List<AddedColumn> all = new ArrayList<>(added);
    all.addAll(more);
    return new TableHistory(all, names, emptied, changed);
  }

  /**
   * @param name empty if the source has the column no more
   */
  TableHistory withName(String stored, String name) {
    Map<String, String> all = new HashMap<>(names);
    if (name.equals(stored)) {
      all.remove(stored);
    } else {
      all.put(stored, name);
    }
    return new TableHistory(added, all, emptied, changed);
  }

  TableHistory withEmptied(String place) {
    return new TableHistory(added, names, place, changed);
  }

  TableHistory withChanged(String mark) {
    return new TableHistory(added, names, emptied, mark);
  }

  /** Lets rows from before an added column have another value in it. */
  TableHistory withValue(String stored, UnaryOperator<String> other) {
    List<AddedColumn> all =
        added.stream()
            .map(
                each ->
                    each.column().equals(stored)
                        ? new AddedColumn(stored, each.before(), other.apply(each.value()))
                        : each)
            .toList();
    return new TableHistory(all, names, emptied, changed);
  }
}
