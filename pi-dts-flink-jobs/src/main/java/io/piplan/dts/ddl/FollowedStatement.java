package io.piplan.dts.ddl;

import java.util.Comparator;
import java.util.List;

/**
 * What became of a statement that changed tables of the source, for people.
 *
 * @param state {@code begun}, {@code done} or {@code failed}
 * @param target what was done on the target
 * @param note what was left out, or why it failed; empty if nothing
 * @param doneMillis 0 if it is not done
 */
public record FollowedStatement(
    String position,
    String statement,
    String state,
    String target,
    String note,
    long sourceMillis,
    long begunMillis,
    long doneMillis) {

  /**
   * Those that a {@link TextTarget} keeps, the newest first.
   *
   * @param text what it keeps as {@link TextTarget#STATEMENTS}
   */
  public static List<FollowedStatement> of(String text, int most) {
    return VersionJson.readNotes(text).stream()
        .sorted(Comparator.comparing(DdlNote::lsn).reversed())
        .limit(most)
        .map(FollowedStatement::of)
        .toList();
  }

  private static FollowedStatement of(DdlNote note) {
    return new FollowedStatement(
        note.file() + ":" + note.position(),
        note.statement(),
        note.state().name().toLowerCase(java.util.Locale.ROOT),
        note.target(),
        note.note(),
        note.sourceMillis(),
        note.begunMillis(),
        note.doneMillis());
  }
}
