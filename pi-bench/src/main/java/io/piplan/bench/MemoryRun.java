package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A large table copied by a Flink in a process of its own with a small heap: job manager, task
 * manager and client share it.
 */
final class MemoryRun {
  private static final String DATABASE = "bench_memory";

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
    BigTable.fill(servers.source(), DATABASE, settings.memoryRows(), settings.work());
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

  private MemoryWorker.Outcome work(EmbeddedDatabase target) {
    String sync = "bench_memory";
    Path definition = settings.work().resolve("memory.sql");
    try {
      Files.writeString(
          definition, definitions.of(sync, servers.source(), DATABASE, target, DATABASE, Map.of()));
    } catch (IOException e) {
      throw new BenchException("cannot write " + definition, e);
    }
    return MemoryWorker.Outcome.parse(
        SmallHeapProcess.run(
            settings.heapMebiBytes(),
            settings.work().resolve("memory.out"),
            List.of(
                "memory-worker",
                "--definition=" + definition,
                "--state=" + settings.work().resolve("memory-state"),
                "--slots=" + settings.parallelism(),
                "--url=" + target.jdbcUrl(DATABASE),
                "--user=" + target.user(),
                "--password-file=" + definitions.passwordFile(target),
                "--sync=" + sync)));
  }
}
