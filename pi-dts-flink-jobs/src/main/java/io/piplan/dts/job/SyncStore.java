package io.piplan.dts.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The records of started syncs, a JSON file each, below a state directory. */
final class SyncStore {
  private final ObjectMapper json = new ObjectMapper();
  private final Path directory;

  SyncStore(Path stateDirectory) {
    this.directory = stateDirectory.toAbsolutePath();
  }

  Path checkpoints(String sync) {
    return directory.resolve("checkpoints").resolve(sync);
  }

  Path savepoints(String sync) {
    return directory.resolve("savepoints").resolve(sync);
  }

  Optional<SyncRecord> find(String sync) {
    Path file = file(sync);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(json.readValue(file.toFile(), SyncRecord.class));
    } catch (IOException e) {
      throw new DtsException(
          DtsError.SYNC_NO_STATE,
          "the record of sync " + sync + ", " + file + ", can't be read: " + e.getMessage(),
          "restore the file, or remove it and start the sync with --fresh",
          e);
    }
  }

  List<SyncRecord> all() {
    Path records = directory.resolve("syncs");
    if (!Files.isDirectory(records)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(records)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json"))
          .sorted()
          .flatMap(name -> find(name.substring(0, name.length() - ".json".length())).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("listing " + records, e);
    }
  }

  void save(SyncRecord record) {
    try {
      Path file = file(record.name());
      Files.createDirectories(file.getParent());
      Path written = file.resolveSibling(record.name() + ".tmp");
      json.writerWithDefaultPrettyPrinter().writeValue(written.toFile(), record);
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("writing the record of sync " + record.name(), e);
    }
  }

  /**
   * What a sync goes on from: the savepoint it was stopped with, else the newest checkpoint of its
   * last job, else what that job itself went on from. Checkpoints only if their directory can be
   * seen from here.
   */
  Optional<String> restorePoint(SyncRecord record) {
    return Optional.of(record.savepoint())
        .filter(path -> !path.isEmpty())
        .or(() -> lastCheckpoint(record))
        .or(() -> unrecordedSavepoint(record))
        .or(() -> startedFrom(record));
  }

  /** The newest complete checkpoint of a sync's last job. */
  Optional<String> lastCheckpoint(SyncRecord record) {
    Path root = Path.of(record.checkpoints()).resolve(record.jobId());
    return complete(root, "chk-")
        .max(Comparator.comparingLong(SyncStore::number))
        .map(path -> path.toUri().toString());
  }

  /** One that the job was stopped with by a process which died before it wrote that down. */
  private Optional<String> unrecordedSavepoint(SyncRecord record) {
    FileTime started = modified(file(record.name()));
    return complete(savepoints(record.name()), "savepoint-")
        .filter(path -> modified(path).compareTo(started) > 0)
        .max(Comparator.comparing(SyncStore::modified))
        .map(path -> path.toUri().toString());
  }

  /** Whether the job has no checkpoint is known only where its directory can be seen. */
  private static Optional<String> startedFrom(SyncRecord record) {
    return Optional.of(record.startedFrom())
        .filter(path -> !path.isEmpty() && Files.isDirectory(Path.of(record.checkpoints())));
  }

  private static Stream<Path> complete(Path root, String prefix) {
    if (!Files.isDirectory(root)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(root)) {
      return files
          .filter(path -> path.getFileName().toString().startsWith(prefix))
          .filter(FlinkRest::isComplete)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException("listing " + root, e);
    }
  }

  private static FileTime modified(Path path) {
    try {
      return Files.getLastModifiedTime(path);
    } catch (IOException e) {
      throw new UncheckedIOException("looking at " + path, e);
    }
  }

  private static long number(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  private Path file(String sync) {
    return directory.resolve("syncs").resolve(sync + ".json");
  }
}
