package io.piplan.raft;

import java.net.BindException;
import java.util.Arrays;
import org.apache.ratis.util.ExitUtils;

/** Why a member did not start, in our words. */
final class StartFailure {
  private StartFailure() {}

  /**
   * Has Ratis throw what goes wrong: by itself it ends the process when gRPC cannot listen. Asking
   * for that has it take all exceptions that nobody catches, too, which aren't its own.
   */
  static void keepProcess() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    ExitUtils.disableSystemExit();
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  static RaftException of(Exception failure, RaftOptions options) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof RaftException known) {
        return known;
      }
      if (cause instanceof BindException || text.startsWith("Failed to bind to address")) {
        return new RaftException(
            RaftError.CONFIG_INVALID,
            "address " + options.self().address() + " is taken or not of this machine",
            "give the member another port, or end what listens there",
            failure);
      }
      if (text.contains("in_use.lock") || text.contains("locked")) {
        return new RaftException(
            RaftError.STORAGE_IN_USE,
            options.directory() + " is used by another process",
            "give each member its own directory, or end the other process",
            failure);
      }
      if (text.contains("No space left on device")) {
        return new RaftException(
            RaftError.STORAGE_FAILED,
            "no space is left for " + options.directory(),
            "make room, then start the member again",
            failure);
      }
      if (isOfReading(cause)) {
        return new RaftException(
            RaftError.STORAGE_DAMAGED,
            "the log in " + options.directory() + " is damaged: " + text,
            "remove this member from the group, empty its directory and let it join anew",
            failure);
      }
    }
    return new RaftException(
        RaftError.STORAGE_FAILED,
        "member " + options.self() + " did not start: " + failure,
        "look at the cause",
        failure);
  }

  /** Ratis has many exceptions for what it cannot read; they come out of few classes. */
  private static boolean isOfReading(Throwable cause) {
    return Arrays.stream(cause.getStackTrace())
        .map(StackTraceElement::getClassName)
        .anyMatch(
            name ->
                name.contains(".raftlog.segmented.LogSegment")
                    || name.contains(".raftlog.segmented.SegmentedRaftLogReader")
                    || name.contains(".raftlog.segmented.SegmentedRaftLogCache")
                    || name.contains("RaftStorageMetadataFile"));
  }
}
