package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A large table copied by a Flink in a process of its own with a small heap: job manager, task
 * manager and client share it.
 */
final class MemoryRun {
  private static final String DATABASE = "bench_memory";
  private static final long FILE_ROWS = 1_000_000;

  private final Settings settings;
  private final BenchServers servers;
  private final SyncDefinition definitions;

  MemoryRun(Settings settings, BenchServers servers) {
    this.settings = settings;
    this.servers = servers;
    this.definitions = new SyncDefinition(settings.work(), settings.parallelism());
  }

  void run(Report report, Progress progress) {
    progress.say("memory: preparing " + settings.memoryRows() + " rows");
    prepare();
    EmbeddedDatabase target = servers.target();
    Sql.run(
        target,
        "",
        "DROP DATABASE IF EXISTS " + DATABASE,
        "RESET MASTER",
        "CREATE DATABASE " + DATABASE);
    progress.say("memory: copying with a heap of " + settings.heapMebiBytes() + " MiB");
    MemoryWorker.Outcome outcome = work(target);
    long rows = Sql.number(target, DATABASE, "SELECT COUNT(*) FROM " + SampleRows.TABLE);
    if (rows != settings.memoryRows()) {
      throw new BenchException(rows + " rows arrived, expected " + settings.memoryRows());
    }
    report.note(
        String.format(
            Locale.ROOT,
            "Memory: %,d rows with -Xmx%dm in %.1f s (%,.0f rows/s): after garbage collections at"
                + " most %,d MiB of heap in use, resident at most %,d MiB, %.1f s in garbage"
                + " collection",
            rows,
            settings.heapMebiBytes(),
            outcome.seconds(),
            rows / outcome.seconds(),
            outcome.liveMebiBytes(),
            outcome.residentMebiBytes(),
            outcome.collectionSeconds()));
    report.figure("memoryLiveMiB", (double) outcome.liveMebiBytes());
    report.figure("memoryResidentMiB", (double) outcome.residentMebiBytes());
    report.figure("memoryRowsPerSecond", rows / outcome.seconds());
    Sql.run(servers.source(), "", "DROP DATABASE " + DATABASE);
    Sql.run(target, "", "DROP DATABASE " + DATABASE, "RESET MASTER");
  }

  /** Fills the table by a file and then from itself, past the binlog. */
  private void prepare() {
    EmbeddedDatabase source = servers.source();
    long first = Math.min(FILE_ROWS, settings.memoryRows());
    Path file = settings.work().resolve("memory.tsv");
    SampleRows.writeFile(file, first);
    CopyContest.sourceTable(source, DATABASE, new MariaDbPrograms(settings.work()), file);
    for (long there = first; there < settings.memoryRows(); ) {
      long more = Math.min(first, settings.memoryRows() - there);
      Sql.run(
          source,
          DATABASE,
          "INSERT INTO "
              + SampleRows.TABLE
              + " SELECT id + "
              + there
              + SampleRows.COLUMNS.substring("id".length())
              + " FROM "
              + SampleRows.TABLE
              + " WHERE id <= "
              + more,
          "RESET MASTER");
      there += more;
    }
    Sql.run(source, DATABASE, "ANALYZE TABLE " + SampleRows.TABLE, "RESET MASTER");
  }

  private MemoryWorker.Outcome work(EmbeddedDatabase target) {
    String sync = "bench_memory";
    Path definition = settings.work().resolve("memory.sql");
    Path output = settings.work().resolve("memory.out");
    try {
      Files.writeString(
          definition, definitions.of(sync, servers.source(), DATABASE, target, DATABASE, Map.of()));
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx" + settings.heapMebiBytes() + "m");
      command.add("-XX:+UseG1GC");
      ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .filter(option -> option.startsWith("--add-opens"))
          .forEach(command::add);
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), BenchMain.class.getName()));
      command.addAll(
          List.of(
              "memory-worker",
              "--definition=" + definition,
              "--state=" + settings.work().resolve("memory-state"),
              "--slots=" + settings.parallelism(),
              "--url=" + target.jdbcUrl(DATABASE),
              "--user=" + target.user(),
              "--password-file=" + definitions.passwordFile(target),
              "--sync=" + sync));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int code = process.waitFor();
      List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
      if (code != 0) {
        throw new BenchException(
            "the process with the small heap ended with "
                + code
                + ":\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())));
      }
      return MemoryWorker.Outcome.parse(lines.get(lines.size() - 1));
    } catch (IOException e) {
      throw new BenchException("cannot run a process with a small heap", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
