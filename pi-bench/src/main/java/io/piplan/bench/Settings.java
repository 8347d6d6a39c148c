package io.piplan.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * What to measure, and how.
 *
 * @param work folder for files that are loaded, and the state of syncs
 * @param rows of the table that is copied
 * @param rounds how often each is measured; medians are reported
 * @param events row changes in the prepared binlog
 * @param durable whether every commit of every server is on disk before it is acknowledged
 * @param profile whether to record our side with the flight recorder
 */
record Settings(
    Path work,
    Set<Part> parts,
    Set<TargetKind> targets,
    long rows,
    int rounds,
    int parallelism,
    long events,
    Duration lag,
    long memoryRows,
    int heapMebiBytes,
    boolean durable,
    boolean profile) {
  Settings {
    parts = Set.copyOf(parts);
    targets = Set.copyOf(targets);
  }

  /** What can be measured. */
  enum Part {
    COPY,
    INCREMENTAL,
    MEMORY
  }

  /** Where the copy can go. */
  enum TargetKind {
    MARIADB,
    POSTGRES
  }
}
