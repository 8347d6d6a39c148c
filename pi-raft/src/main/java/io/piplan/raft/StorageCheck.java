package io.piplan.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a member's directory before it starts. Ratis itself goes on with an empty state when a
 * snapshot file is gone, which would be a member that has silently forgotten what it confirmed.
 */
final class StorageCheck {
  private static final Logger LOG = LoggerFactory.getLogger(StorageCheck.class);
  private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
  private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");
  private static final String REMEDY =
      "remove this member from the group, empty its directory and let it join anew; or, if no"
          + " majority is left, put back the directory from a backup";

  /** Beside the group's directory, once a member with its log in memory has begun there. */
  private static final String IN_MEMORY = "log-in-memory";

  /** Beside snapshots: the last entry in the newest one that this member wrote out of its log. */
  private static final String WRITTEN_HERE = "written-here";

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
      if (inUse(group)) {
        return;
      }
      SentSnapshots.tidy(group);
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
      if (log.isPresent() && snapshot.isPresent()) {
        checkEnd(group, snapshot.getAsLong());
      }
    } catch (IOException e) {
      throw new RaftException(
          RaftError.STORAGE_FAILED,
          "the member's directory cannot be read: " + e,
          "make " + group + " readable",
          e);
    }
  }

  /** By a member that runs, whose files aren't ours to look at; Ratis refuses another one. */
  private static boolean inUse(Path group) throws IOException {
    Path lock = group.resolve("in_use.lock");
    if (!Files.exists(lock)) {
      return false;
    }
    try (FileChannel file = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock mine = file.tryLock()) {
      return mine == null;
    } catch (OverlappingFileLockException e) {
      // In this process.
      return true;
    }
  }

  /**
   * With entries missing between the log and what follows the snapshot, Ratis would start and then
   * take no entry any more. A log that never had them is of no use: the leader sent the snapshot,
   * and the member ended before it could remove what was before.
   */
  private static void checkEnd(Path group, long snapshot) throws IOException {
    List<Path> log = log(group.resolve("current"));
    if (!LogEnd.isBefore(snapshot, log)) {
      return;
    }
    // A larger one was begun and not ended: this one had been written here too.
    if (writtenHere(group.resolve("sm")) >= snapshot) {
      throw damaged(
          "the log in "
              + group.resolve("current")
              + " ends before entry "
              + snapshot
              + ", up to which this member has written a snapshot out of it: its disk has lost what"
              + " it had confirmed");
    }
    LOG.warn("the log in {} ends before its snapshot of entry {}: removed", group, snapshot);
    // The newest first, so that what is left has no gap.
    for (int i = log.size() - 1; i >= 0; i--) {
      Files.delete(log.get(i));
    }
  }

  /**
   * Notes that this member writes a snapshot out of its log. One that the leader sends replaces the
   * whole folder, and this with it.
   */
  static void noteWrittenHere(Path folder, long index) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            folder.resolve(WRITTEN_HERE),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      file.write(ByteBuffer.wrap(Long.toString(index).getBytes(StandardCharsets.US_ASCII)));
      file.force(true);
    }
  }

  private static long writtenHere(Path folder) throws IOException {
    Path note = folder.resolve(WRITTEN_HERE);
    String index = Files.exists(note) ? Files.readString(note, StandardCharsets.US_ASCII) : "";
    return index.matches("\\d{1,18}") ? Long.parseLong(index) : -1;
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
    return log(folder).stream().mapToLong(StorageCheck::first).findFirst();
  }

  /** The files of a log, the oldest first. */
  private static List<Path> log(Path folder) throws IOException {
    return files(folder).stream()
        .filter(file -> SEGMENT.matcher(file.getFileName().toString()).matches())
        .sorted(Comparator.comparingLong(StorageCheck::first))
        .toList();
  }

  private static long first(Path file) {
    Matcher name = SEGMENT.matcher(file.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
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
