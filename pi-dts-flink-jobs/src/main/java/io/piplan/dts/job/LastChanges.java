package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What became of a row's last change. */
final class LastChanges {
  private LastChanges() {}

  /** What the sync has recorded of a change of the row. */
  private record Recorded(Lsn place, String outcome) {}

  /**
   * @param log what the source's binlog says of the row; null if it was not read
   * @param writer how far the one is that applies the row's changes, asked after the log was read;
   *     null if it has applied nothing yet
   * @return null if the log tells no change of the row
   */
  static RowHistory.LastChange of(
      RowLog log,
      RowHistory.Writer writer,
      List<RowHistory.Aside> aside,
      List<RowHistory.DeadLetter> refused,
      List<RowHistory.Conflict> conflicts) {
    return newest(log)
        .map(
            change ->
                new RowHistory.LastChange(
                    change.op(),
                    change.place(),
                    change.time(),
                    recorded(eventOf(Lsn.parse(change.place())), aside, refused, conflicts)
                            .orElseGet(() -> passed(change, writer))
                        + (log.problem() == null ? "" : " (the last that could be read)")))
        .orElse(null);
  }

  private static Optional<RowLog.Change> newest(RowLog log) {
    return log == null
        ? Optional.empty()
        : log.changes().stream()
            .filter(change -> change.statement() == null)
            .reduce((first, last) -> last);
  }

  /**
   * The event that a change is of. Its row is left out: a sync counts those of all its tables, and
   * an update that moves a row to another key as two, whoever reads one table counts that only.
   */
  private static Lsn eventOf(Lsn lsn) {
    return new Lsn(lsn.file(), lsn.position(), lsn.event(), 0);
  }

  /** The newest that is recorded of the row's changes in an event. */
  private static Optional<String> recorded(
      Lsn event,
      List<RowHistory.Aside> aside,
      List<RowHistory.DeadLetter> refused,
      List<RowHistory.Conflict> conflicts) {
    // What a conflict has locked may be kept aside too: the conflict, told last, says more.
    return Stream.of(
            refused.stream().map(letter -> new Recorded(Lsn.parse(letter.place()), text(letter))),
            aside.stream()
                .map(
                    kept ->
                        new Recorded(
                            Lsn.parse(kept.place()), "kept aside, since the row is locked")),
            conflicts.stream()
                .map(conflict -> new Recorded(Lsn.parse(conflict.place()), text(conflict))))
        .flatMap(each -> each)
        .filter(each -> eventOf(each.place()).equals(event))
        .sorted(Comparator.comparing(Recorded::place))
        .reduce((first, last) -> last)
        .map(Recorded::outcome);
  }

  private static String text(RowHistory.DeadLetter letter) {
    return letter.retried() == null
        ? "refused by the target"
        : "refused by the target, then " + letter.retried();
  }

  private static String text(RowHistory.Conflict conflict) {
    return "a conflict: "
        + conflict.kind()
        + (conflict.state().equals("OPEN") ? "" : ", " + conflict.state());
  }

  /** What the writer's place alone tells. */
  private static String passed(RowLog.Change change, RowHistory.Writer writer) {
    if (writer == null) {
      return "not applied yet";
    }
    int beyond = eventOf(Lsn.parse(writer.place())).compareTo(eventOf(Lsn.parse(change.place())));
    if (beyond < 0) {
      return "not applied yet";
    }
    return (beyond == 0 ? "its writer is at it" : "passed by its writer")
        + (change.ofSync() ? "; a sync wrote it there" : "");
  }
}
