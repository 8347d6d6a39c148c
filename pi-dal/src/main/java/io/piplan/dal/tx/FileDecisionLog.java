package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * Decisions in a file, a line each, with a checksum: {@code C} for commit, {@code D} for done.
 * Callers that come together share one fsync. A torn last line is a decision that was never
 * acknowledged; anything else that can't be read is refused.
 */
public final class FileDecisionLog implements DecisionLog {
  private static final String HEADER = "pi-decisions 1 ";

  private final Path file;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final String instance;
  private final Set<String> pending = new LinkedHashSet<>();
  private FileChannel channel;
  private long written;
  private long synced;
  private boolean syncing;
  private boolean broken;

  private FileDecisionLog(Path file, FileChannel lockChannel, FileLock lock) throws IOException {
    this.file = file;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.instance = Files.exists(file) ? load() : UUID.randomUUID().toString().substring(0, 8);
    rewrite();
  }

  /**
   * Opens or creates a log. One process at a time has it.
   *
   * @throws DalException if another process has it, or it is damaged
   */
  public static FileDecisionLog open(Path file) {
    try {
      Path absolute = file.toAbsolutePath();
      Files.createDirectories(absolute.getParent());
      FileChannel lockChannel =
          FileChannel.open(
              absolute.resolveSibling(absolute.getFileName() + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      FileLock lock = tryLock(lockChannel);
      if (lock == null) {
        lockChannel.close();
        throw new DalException(
            DalError.DECISION_LOG,
            "another process has the decision log " + file + "; stop it, or name another file");
      }
      try {
        return new FileDecisionLog(absolute, lockChannel, lock);
      } catch (DalException | IOException e) {
        lockChannel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new DalException(
          DalError.DECISION_LOG, "the decision log " + file + " can't be opened: " + e, e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private String load() throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    String[] lines = text.split("\n", -1);
    if (!lines[0].startsWith(HEADER) || lines.length < 2) {
      throw damaged(1);
    }
    // After the last line end comes either nothing or a line that was not written whole.
    for (int i = 1; i < lines.length - 1; i++) {
      String[] words = lines[i].split(" ", -1);
      if (words.length != 3 || !words[2].equals(checksum(words[0] + " " + words[1]))) {
        if (i == lines.length - 2 && lines[lines.length - 1].isEmpty()) {
          // The disk may have stored a line's end before the line.
          break;
        }
        throw damaged(i + 1);
      }
      if (words[0].equals("C")) {
        pending.add(words[1]);
      } else {
        pending.remove(words[1]);
      }
    }
    return lines[0].substring(HEADER.length());
  }

  private DalException damaged(int line) {
    return new DalException(
        DalError.DECISION_LOG,
        "the decision log "
            + file
            + " is damaged at line "
            + line
            + ": decisions may be lost; restore it, or end the prepared transactions by hand");
  }

  private static String checksum(String line) {
    CRC32 crc = new CRC32();
    crc.update(line.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  /** Leaves out what is done. */
  private void rewrite() throws IOException {
    StringBuilder text = new StringBuilder(HEADER).append(instance).append('\n');
    pending.forEach(transaction -> text.append(line("C", transaction)));
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      writeAll(out, text.toString());
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
    channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  private static String line(String kind, String transaction) {
    String line = kind + " " + transaction;
    return line + " " + checksum(line) + "\n";
  }

  private static void writeAll(FileChannel out, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  @Override
  public String instance() {
    return instance;
  }

  @Override
  public void commit(String transaction, List<String> nodes) {
    long mine;
    synchronized (this) {
      append(line("C", transaction));
      pending.add(transaction);
      mine = ++written;
    }
    awaitSync(mine);
  }

  private void append(String line) {
    if (broken) {
      throw failed(null);
    }
    try {
      writeAll(channel, line);
    } catch (IOException e) {
      broken = true;
      throw failed(e);
    }
  }

  /** The first of those that wait syncs for all that have written. */
  private void awaitSync(long mine) {
    boolean interrupted = false;
    while (true) {
      long upTo;
      synchronized (this) {
        while (syncing && synced < mine && !broken) {
          try {
            wait();
          } catch (InterruptedException e) {
            // What is written may be on the disk already: the answer is waited for.
            interrupted = true;
          }
        }
        if ((broken || synced >= mine) && interrupted) {
          Thread.currentThread().interrupt();
        }
        if (broken) {
          throw failed(null);
        }
        if (synced >= mine) {
          return;
        }
        syncing = true;
        upTo = written;
      }
      sync(upTo);
    }
  }

  private void sync(long upTo) {
    IOException failure = null;
    try {
      channel.force(false);
    } catch (IOException e) {
      failure = e;
    }
    synchronized (this) {
      syncing = false;
      // After a failed fsync nobody knows what is on the disk: no decision is taken any more.
      broken |= failure != null;
      synced = failure == null ? Math.max(synced, upTo) : synced;
      notifyAll();
    }
  }

  private DalException failed(Exception cause) {
    return new DalException(
        DalError.DECISION_LOG,
        "the decision log "
            + file
            + " can't be written; whether this transaction commits is decided when the proxy is"
            + " started again",
        cause);
  }

  @Override
  public synchronized void done(String transaction) {
    if (pending.remove(transaction) && !broken) {
      append(line("D", transaction));
    }
  }

  @Override
  public synchronized boolean isCommitted(String transaction) {
    if (broken) {
      throw failed(null);
    }
    return pending.contains(transaction);
  }

  @Override
  public synchronized Collection<String> pending() {
    return List.copyOf(pending);
  }

  @Override
  public synchronized void close() {
    try {
      channel.close();
      lock.release();
      lockChannel.close();
    } catch (IOException e) {
      throw new DalException(DalError.DECISION_LOG, "the decision log can't be closed: " + e, e);
    }
  }
}
