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
 * @param guard what our incremental sync looks at before it changes a row
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
    boolean profile,
    Set<Guard> guard) {
  Settings {
    guard = Set.copyOf(guard);
    parts = Set.copyOf(parts);
    targets = Set.copyOf(targets);
  }

  /** What can be measured. */
  enum Part {
    COPY,
    INCREMENTAL,
    MEMORY
  }

  /** What is looked at on the target before a row is changed. */
  enum Guard {
    /** The row version {@code pidal_c}, which the table then has. */
    VERSION,
    /** Whether the row is what it was at the source. */
    BEFORE_IMAGE
  }

  /** Where the copy can go. */
  enum TargetKind {
    MARIADB,
    POSTGRES
  }
}
