package io.piplan.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a member leaves that is killed while the leader sends it a snapshot. Ratis puts that
 * together in a folder of its own, moves the one with the snapshots aside, and the new one to its
 * place; it looks for nothing of that when it starts.
 */
final class SentSnapshots {
  private static final String ASIDE = "sm.tmp";

  private SentSnapshots() {}

  /**
   * Puts the folder back that was moved aside, if none has taken its place, and removes the rest:
   * the leader begins again.
   *
   * @param group the directory of the group within the member's
   */
  static void tidy(Path group) throws IOException {
    List<Path> aside =
        list(group).stream()
            .filter(folder -> folder.getFileName().toString().startsWith(ASIDE))
            .sorted(Comparator.reverseOrder())
            .toList();
    Path snapshots = group.resolve("sm");
    for (Path folder : aside) {
      if (Files.exists(snapshots)) {
        delete(folder);
      } else {
        Files.move(folder, snapshots, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    for (Path part : list(group.resolve("tmp"))) {
      delete(part);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
