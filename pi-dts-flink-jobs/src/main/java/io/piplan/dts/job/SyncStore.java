package io.piplan.dts.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
   * The newest complete checkpoint of a sync's last job, if its directory can be seen from here.
   */
  Optional<String> lastCheckpoint(SyncRecord record) {
    Path root = Path.of(record.checkpoints()).resolve(record.jobId());
    if (!Files.isDirectory(root)) {
      return Optional.empty();
    }
    try (Stream<Path> checkpoints = Files.list(root)) {
      return checkpoints
          .filter(path -> path.getFileName().toString().startsWith("chk-"))
          .filter(FlinkRest::isComplete)
          .max(Comparator.comparingLong(SyncStore::number))
          .map(path -> path.toUri().toString());
    } catch (IOException e) {
      throw new UncheckedIOException("listing " + root, e);
    }
  }

  private static long number(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  private Path file(String sync) {
    return directory.resolve("syncs").resolve(sync + ".json");
  }
}
