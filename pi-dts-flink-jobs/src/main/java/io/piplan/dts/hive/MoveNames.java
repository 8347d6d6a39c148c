package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.ddl.TextTarget.Move;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Which names tables take and vacate that get others, one after the other. Used once. */
final class MoveNames {
  private final Predicate<TableId> there;
  private final Layout layout;

  /** Names that moves have taken or vacated, whatever Hive has now. */
  private final Map<TableId, Boolean> moved = new HashMap<>();

  /**
   * @param there whether Hive has a table or view of a name now
   */
  MoveNames(Predicate<TableId> there, Layout layout) {
    this.there = there;
    this.layout = layout;
  }

  /** Moves as Hive has them, which tells no upper from lower case: some are none there. */
  static List<Move> inHive(List<Move> moves) {
    return moves.stream()
        .map(move -> new Move(HiveNames.lower(move.from()), HiveNames.lower(move.to())))
        .filter(move -> !move.from().equals(move.to()))
        .toList();
  }

  /** Why one of them is not possible; empty if all are. The first may have been begun before. */
  Optional<String> refusal(List<Move> moves) {
    for (Move move : moves) {
      // What has no log is not made yet, and nothing gets another name.
      if (isThere(HiveNames.log(move.from()))) {
        List<TableId> from = names(move.from());
        List<TableId> to = names(move.to());
        for (int i = 0; i < from.size(); i++) {
          // Else it has been moved before, and the name is taken by it.
          if (isThere(from.get(i))) {
            if (isThere(to.get(i))) {
              return Optional.of(taken(move, to.get(i)));
            }
            moved.put(from.get(i), false);
            moved.put(to.get(i), true);
          }
        }
      }
    }
    return Optional.empty();
  }

  private boolean isThere(TableId name) {
    Boolean known = moved.get(name);
    return known == null ? there.test(name) : known;
  }

  private List<TableId> names(TableId table) {
    List<TableId> names = new ArrayList<>(List.of(table, HiveNames.log(table)));
    if (layout == Layout.CHANGELOG) {
      names.add(HiveNames.state(table));
    }
    return names;
  }

  private static String taken(Move move, TableId name) {
    return "Hive has a table or view "
        + name
        + " already, so that "
        + move.from()
        + " can't be called "
        + move.to().table()
        + " there; once that one is dropped, or has another name, the sync can be started again";
  }
}
