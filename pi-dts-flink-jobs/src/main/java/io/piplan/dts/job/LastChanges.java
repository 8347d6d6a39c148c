package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import java.util.List;
import java.util.Optional;

/** What became of a row's last change. */
final class LastChanges {
  private LastChanges() {}

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
      List<RowHistory.DeadLetter> refused) {
    return newest(log)
        .map(
            change ->
                new RowHistory.LastChange(
                    change.op(),
                    change.place(),
                    change.time(),
                    outcome(change, writer, aside, refused)))
        .orElse(null);
  }

  private static Optional<RowLog.Change> newest(RowLog log) {
    return log == null
        ? Optional.empty()
        : log.changes().stream()
            .filter(change -> change.statement() == null)
            .reduce((first, last) -> last);
  }

  private static String outcome(
      RowLog.Change change,
      RowHistory.Writer writer,
      List<RowHistory.Aside> aside,
      List<RowHistory.DeadLetter> refused) {
    if (aside.stream().anyMatch(kept -> kept.place().equals(change.place()))) {
      return "kept aside, since the row is locked";
    }
    Optional<RowHistory.DeadLetter> letter =
        refused.stream().filter(each -> each.place().equals(change.place())).findFirst();
    if (letter.isPresent()) {
      return letter.get().retried() == null
          ? "refused by the target"
          : "refused by the target, then " + letter.get().retried();
    }
    if (writer == null || Lsn.parse(change.place()).isAfter(Lsn.parse(writer.place()))) {
      return "not applied yet";
    }
    return change.ofSync() ? "passed by: a sync wrote it there" : "applied";
  }
}
