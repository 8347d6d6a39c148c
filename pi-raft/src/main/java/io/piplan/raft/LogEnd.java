package io.piplan.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/** The last entry that the files of a log have. */
final class LogEnd {
  private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
  private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");
  private static final int HEADER = 8;
  private static final int CHECKSUM = 4;

  private LogEnd() {}

  /**
   * Whether the log ends before an entry, for sure: not if it is damaged, which Ratis finds.
   *
   * @param files of the log, at least one
   */
  static boolean isBefore(long entry, List<Path> files) throws IOException {
    for (Path file : files) {
      Matcher closed = CLOSED.matcher(file.getFileName().toString());
      if (closed.matches() && Long.parseLong(closed.group(2)) >= entry) {
        return false;
      }
      Matcher open = OPEN.matcher(file.getFileName().toString());
      if (open.matches() && !isBefore(entry, file, Long.parseLong(open.group(1)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBefore(long entry, Path open, long first) throws IOException {
    if (first > entry) {
      return false;
    }
    long missing = entry - first + 1;
    if (frames(open, missing) >= missing) {
      return false;
    }
    OptionalLong entries = entries(open);
    return entries.isPresent() && entries.getAsLong() < missing;
  }

  /**
   * How many entries a file has, or more than {@code most}, by their lengths alone: Ratis' own
   * reader takes many times as long, and each start would wait for it.
   */
  private static long frames(Path open, long most) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(open));
    in.position(Math.min(HEADER, in.limit()));
    long frames = 0;
    while (frames < most && in.hasRemaining()) {
      int length = length(in);
      if (length <= 0 || length > in.remaining() - CHECKSUM) {
        return frames;
      }
      in.position(in.position() + length + CHECKSUM);
      frames++;
    }
    return frames;
  }

  /** Seven bits a byte, the lowest first; 0 if there is none. */
  private static int length(ByteBuffer in) {
    long length = 0;
    for (int shift = 0; shift < 35 && in.hasRemaining(); shift += 7) {
      byte next = in.get();
      length |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return (int) Math.min(length, Integer.MAX_VALUE);
      }
    }
    return 0;
  }

  /** Empty if Ratis can't read it either. */
  private static OptionalLong entries(Path open) throws IOException {
    LogSegmentPath file = LogSegmentPath.matchLogSegment(open);
    if (file == null) {
      return OptionalLong.of(0);
    }
    SizeInBytes most = SizeInBytes.valueOf(Files.size(open));
    try {
      return OptionalLong.of(
          LogSegment.readSegmentFile(
              open.toFile(), file.getStartEnd(), most, CorruptionPolicy.EXCEPTION, null, null));
    } catch (IOException | RuntimeException damaged) {
      return OptionalLong.empty();
    }
  }
}
