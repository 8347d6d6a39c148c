package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decisions in a file, a line each, with a checksum: {@code C} for commit and the nodes, {@code D}
 * for done. Callers that come together share one fsync. A torn last line is a decision that was
 * never acknowledged; anything else that can't be read is refused. Lines of what is done are left
 * out when the file is opened, and when they make it long.
 */
public final class FileDecisionLog implements DecisionLog {
  private static final Logger LOG = LoggerFactory.getLogger(FileDecisionLog.class);
  private static final String HEADER = "pi-decisions 2 ";

  /** Its decisions don't name nodes. */
  private static final String FIRST_HEADER = "pi-decisions 1 ";

  private static final long LONG = 4 << 20;

  private final long longFile;
  private final Path file;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final String instance;
  private final Map<String, Set<String>> pending = new LinkedHashMap<>();

  /** No channel: that would be closed under all by the interrupt of one who writes. */
  private FileOutputStream out;

  private long size;
  private long mostSize;
  private long written;
  private long synced;
  private boolean syncing;
  private boolean broken;

  private FileDecisionLog(Path file, FileChannel lockChannel, FileLock lock, long longFile)
      throws IOException {
    this.longFile = longFile;
    this.file = file;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.instance = Files.exists(file) ? load() : UUID.randomUUID().toString().replace("-", "");
    writeNew();
    replace();
  }

  /**
   * Opens or creates a log. One process at a time has it.
   *
   * @throws DalException if another process has it, or it is damaged
   */
  public static FileDecisionLog open(Path file) {
    return open(file, LONG);
  }

  /**
   * As above.
   *
   * @param longFile from how many bytes on the file is written anew
   */
  static FileDecisionLog open(Path file, long longFile) {
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
        return new FileDecisionLog(absolute, lockChannel, lock, longFile);
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
    String found = null;
    int number = 0;
    int unread = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (unread > 0) {
          throw damaged(unread);
        }
        if (b != '\n') {
          line.write(b);
          continue;
        }
        number++;
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (number == 1) {
          found = instance(text);
        } else if (!take(text)) {
          // The disk may have stored the last line's end before the line.
          unread = number;
        }
      }
    }
    if (found == null) {
      throw damaged(1);
    }
    // What comes after the last line's end was not written whole.
    return found;
  }

  private String instance(String header) {
    return Stream.of(HEADER, FIRST_HEADER)
        .filter(header::startsWith)
        .map(begin -> header.substring(begin.length()))
        .findFirst()
        .orElseThrow(() -> damaged(1));
  }

  /** Whether it is a whole line. */
  private boolean take(String line) {
    int end = line.lastIndexOf(' ');
    String[] words = line.split(" ", -1);
    if (words.length < 3
        || words.length > 4
        || !line.substring(end + 1).equals(checksum(line.substring(0, end)))) {
      return false;
    }
    if (words[0].equals("C")) {
      pending.put(words[1], words.length == 4 ? nodes(words[2].split(",", -1)) : Set.of());
    } else {
      pending.remove(words[1]);
    }
    return true;
  }

  private static Set<String> nodes(String[] written) {
    return Stream.of(written)
        .map(node -> URLDecoder.decode(node, StandardCharsets.UTF_8))
        .collect(Collectors.toUnmodifiableSet());
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
  private void writeNew() throws IOException {
    StringBuilder text = new StringBuilder(HEADER).append(instance).append('\n');
    pending.forEach((transaction, nodes) -> text.append(decision(transaction, nodes)));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    try (FileOutputStream next = new FileOutputStream(newFile().toFile())) {
      next.write(bytes);
      next.getFD().sync();
    }
    size = bytes.length;
    mostSize = Math.max(longFile, 2 * size);
  }

  private Path newFile() {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  private void replace() throws IOException {
    move();
    openMoved();
  }

  private void move() throws IOException {
    Files.move(
        newFile(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void openMoved() throws IOException {
    FileOutputStream before = out;
    out = new FileOutputStream(file.toFile(), true);
    if (before != null) {
      before.close();
    }
    boolean interrupted = Thread.interrupted();
    try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** While nobody syncs. What was written and not synced is on the disk then. */
  private void rewrite() {
    long before = mostSize;
    long had = size;
    try {
      writeNew();
      move();
    } catch (IOException e) {
      // The file is as it was, and a disk that is full fails elsewhere, too.
      size = had;
      mostSize = 2 * before;
      return;
    }
    try {
      openMoved();
    } catch (IOException e) {
      broken = true;
      notifyAll();
      throw failed(e);
    }
    synced = written;
    notifyAll();
  }

  private static String decision(String transaction, Collection<String> nodes) {
    return line(
        "C "
            + transaction
            + (nodes.isEmpty()
                ? ""
                : " "
                    + nodes.stream()
                        .map(node -> URLEncoder.encode(node, StandardCharsets.UTF_8))
                        .collect(Collectors.joining(","))));
  }

  private static String line(String line) {
    return line + " " + checksum(line) + "\n";
  }

  @Override
  public String instance() {
    return instance;
  }

  @Override
  public void commit(String transaction, List<String> nodes) {
    long mine;
    synchronized (this) {
      append(decision(transaction, nodes));
      pending.put(transaction, Set.copyOf(nodes));
      mine = ++written;
    }
    awaitSync(mine);
  }

  private void append(String line) {
    if (broken) {
      throw failed(null);
    }
    try {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      out.write(bytes);
      size += bytes.length;
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
        if (size > mostSize && !syncing) {
          rewrite();
          continue;
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
      out.getFD().sync();
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
    if (pending.remove(transaction) == null || broken) {
      return;
    }
    try {
      append(line("D " + transaction));
    } catch (DalException e) {
      // The transaction is committed: the next one that decides tells that the file is broken.
      LOG.error("it could not be noted that {} is done", transaction, e);
      notifyAll();
    }
  }

  @Override
  public synchronized boolean isCommitted(String transaction) {
    if (broken) {
      throw failed(null);
    }
    return pending.containsKey(transaction);
  }

  @Override
  public synchronized Collection<String> pending() {
    return List.copyOf(pending.keySet());
  }

  @Override
  public synchronized Set<String> nodes(String transaction) {
    return pending.getOrDefault(transaction, Set.of());
  }

  @Override
  public synchronized void close() {
    if (!lockChannel.isOpen()) {
      return;
    }
    try {
      out.close();
      lock.release();
      lockChannel.close();
    } catch (IOException e) {
      throw new DalException(DalError.DECISION_LOG, "the decision log can't be closed: " + e, e);
    }
  }
}
