package io.piplan.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.util.MD5FileUtil;

/**
 * Looks at a member's directory before it starts. Ratis itself goes on with an empty state when a
 * snapshot file is gone, which would be a member that has silently forgotten what it confirmed.
 */
final class StorageCheck {
  private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
  private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");
  private static final String REMEDY =
      "remove this member from the group, empty its directory and let it join anew; or, if no"
          + " majority is left, put back the directory from a backup";

  /** Beside the group's directory, once a member with its log in memory has begun there. */
  private static final String IN_MEMORY = "log-in-memory";

  private StorageCheck() {}

  /**
   * A member whose log is in memory has forgotten what it confirmed as soon as it ends, so it comes
   * back as another one only, whichever storage it is given then.
   *
   * @param member its directory
   * @throws RaftException STORAGE_DAMAGED
   */
  static void checkMemory(Path member, RaftOptions.LogStorage storage) throws IOException {
    if (Files.exists(member.resolve(IN_MEMORY))) {
      throw damaged("the log of the member in " + member + " was in memory, and is gone");
    }
    if (storage == RaftOptions.LogStorage.MEMORY && !files(member).isEmpty()) {
      throw damaged(
          "the log is to be in memory, and " + member + " has files of an earlier member");
    }
  }

  /**
   * Notes down that there begins one now, if its log is in memory.
   *
   * @return whether it was
   */
  static boolean markMemory(Path member, RaftOptions.LogStorage storage) throws IOException {
    if (storage != RaftOptions.LogStorage.MEMORY) {
      return false;
    }
    Files.createFile(member.resolve(IN_MEMORY));
    return true;
  }

  /**
   * Makes as if a member with its log in memory had never been: only for one that has ended, and
   * has neither voted nor confirmed anything.
   *
   * @param group the directory of the group within the member's
   */
  static void forgetMemory(Path member, Path group) throws IOException {
    if (Files.exists(group)) {
      try (Stream<Path> all = Files.walk(group)) {
        for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.deleteIfExists(member.resolve(IN_MEMORY));
  }

  /**
   * @param group the directory of the group within the member's
   * @throws RaftException STORAGE_DAMAGED
   */
  static void check(Path group) {
    try {
      OptionalLong snapshot = newestSnapshot(group.resolve("sm"));
      OptionalLong log = firstEntry(group.resolve("current"));
      if (log.isPresent() && log.getAsLong() > snapshot.orElse(-1) + 1) {
        throw damaged(
            "the log in "
                + group.resolve("current")
                + " begins with entry "
                + log.getAsLong()
                + ", and "
                + (snapshot.isPresent()
                    ? "the newest snapshot ends with entry " + snapshot.getAsLong()
                    : "there is no snapshot of what was before"));
      }
    } catch (IOException e) {
      throw new RaftException(
          RaftError.STORAGE_FAILED,
          "the member's directory cannot be read: " + e,
          "make " + group + " readable",
          e);
    }
  }

  private static OptionalLong newestSnapshot(Path folder) throws IOException {
    long newest = -1;
    for (Path file : files(folder)) {
      Matcher name = SNAPSHOT.matcher(file.getFileName().toString());
      if (!name.matches()) {
        continue;
      }
      verify(file);
      newest = Math.max(newest, Long.parseLong(name.group(2)));
    }
    return newest < 0 ? OptionalLong.empty() : OptionalLong.of(newest);
  }

  private static void verify(Path file) throws IOException {
    MD5Hash stored = MD5FileUtil.readStoredMd5ForFile(file.toFile());
    if (stored == null) {
      throw damaged("snapshot " + file + " has no digest beside it");
    }
    if (!stored.equals(MD5FileUtil.computeMd5ForFile(file.toFile()))) {
      throw damaged("snapshot " + file + " is not what was written: its digest differs");
    }
  }

  private static OptionalLong firstEntry(Path folder) throws IOException {
    return files(folder).stream()
        .map(file -> SEGMENT.matcher(file.getFileName().toString()))
        .filter(Matcher::matches)
        .mapToLong(name -> Long.parseLong(name.group(1)))
        .min();
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static RaftException damaged(String found) {
    return new RaftException(RaftError.STORAGE_DAMAGED, found, REMEDY);
  }
}
