package io.piplan.embedded;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Folders which are filled once per machine and user, and never change afterwards.
 *
 * <p>Two JVMs may fill the same one at once: each fills its own and one rename wins, so nobody ever
 * sees a half-filled folder.
 */
final class CacheFolder {
  /** What threads of this JVM are filling: the second waits, as it has nothing better to do. */
  private static final ConcurrentHashMap<Path, Object> FILLING = new ConcurrentHashMap<>();

  private final Path root;

  /** Fills an empty folder. */
  interface Filler {
    void fill(Path folder) throws IOException;
  }

  CacheFolder(Path root) {
    this.root = root;
  }

  /**
   * {@code pi.cache}, else {@code $XDG_CACHE_HOME/pi-plan}, else {@code ~/.cache/pi-plan}, else,
   * when there is no writable home, a folder of this user under the temporary folder.
   */
  static CacheFolder ofThisUser() {
    String configured = System.getProperty("pi.cache");
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path preferred =
        configured != null
            ? Path.of(configured)
            : xdg != null && !xdg.isEmpty()
                ? Path.of(xdg, "pi-plan")
                : Path.of(System.getProperty("user.home"), ".cache", "pi-plan");
    try {
      Files.createDirectories(preferred);
      if (Files.isWritable(preferred)) {
        return new CacheFolder(preferred);
      }
    } catch (IOException e) {
      // No home folder, as for the user nobody.
    }
    String user = System.getProperty("user.name").replaceAll("[^A-Za-z0-9_-]", "_");
    return new CacheFolder(Path.of(System.getProperty("java.io.tmpdir"), "pi-plan-cache-" + user));
  }

  /** The folder of this name, filled if nobody has done so yet. */
  Path folder(String name, Filler filler) {
    Path folder = root.resolve(name);
    synchronized (FILLING.computeIfAbsent(folder, path -> new Object())) {
      return Files.isDirectory(folder) ? folder : filled(folder, filler);
    }
  }

  private Path filled(Path folder, Filler filler) {
    try {
      Files.createDirectories(root);
      Path unfinished = Files.createTempDirectory(root, folder.getFileName() + ".unfinished-");
      try {
        filler.fill(unfinished);
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        // Another JVM was faster: its folder is as good.
        delete(unfinished);
      } catch (IOException | RuntimeException e) {
        delete(unfinished);
        throw e;
      }
    } catch (IOException e) {
      if (!Files.isDirectory(folder)) {
        throw new EmbeddedServerException("cannot fill " + folder + ": " + e, e);
      }
    }
    return folder;
  }

  /** The folder filled last among those whose name matches. */
  Optional<Path> newest(String pattern) {
    try (Stream<Path> all = Files.list(root)) {
      return all.filter(folder -> folder.getFileName().toString().matches(pattern))
          .max(Comparator.comparingLong(folder -> folder.toFile().lastModified()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot look into " + root, e);
    }
  }

  /** Copies a folder with everything in it; the target must not exist. */
  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(dir, to.resolve(from.relativize(dir)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException failure)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
