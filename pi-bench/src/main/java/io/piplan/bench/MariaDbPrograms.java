package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMariaDb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The server's own programs, {@code mariadb} and {@code mariadb-dump}, over TCP without TLS. */
final class MariaDbPrograms {
  private final Path work;

  MariaDbPrograms(Path work) {
    this.work = work;
  }

  /** What {@code mariadb-dump --version} says. */
  static String version() {
    try {
      Process process =
          new ProcessBuilder(EmbeddedMariaDb.program("mariadb-dump").toString(), "--version")
              .redirectErrorStream(true)
              .start();
      try (var out = process.getInputStream()) {
        return new String(out.readAllBytes(), StandardCharsets.UTF_8)
            .strip()
            .replaceFirst("^\\S*/", "");
      }
    } catch (IOException e) {
      throw new BenchException("mariadb-dump does not run", e);
    }
  }

  /** {@code mariadb-dump … | mariadb …} of one table. */
  void dumpPipe(
      EmbeddedDatabase from, String fromDatabase, String table, EmbeddedDatabase to, String into) {
    ProcessBuilder dump =
        program(
            "mariadb-dump", from, List.of("--single-transaction", "--quick", fromDatabase, table));
    run("dump", List.of(dump, program("mariadb", to, List.of("--binary-mode", into))));
  }

  /** {@code LOAD DATA LOCAL} of a prepared file over one connection. */
  void loadData(EmbeddedDatabase to, String into, String table, Path file) {
    String statement =
        "LOAD DATA LOCAL INFILE '"
            + file
            + "' INTO TABLE "
            + table
            + " CHARACTER SET utf8mb4 ("
            + SampleRows.COLUMNS
            + ")";
    run(
        "load",
        List.of(program("mariadb", to, List.of("--local-infile=1", "-e", statement, into))));
  }

  private static ProcessBuilder program(
      String name, EmbeddedDatabase server, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(EmbeddedMariaDb.program(name).toString());
    command.add("--no-defaults");
    command.add("--protocol=TCP");
    command.add("--skip-ssl");
    command.add("--host=" + server.host());
    command.add("--port=" + server.port());
    command.add("--user=" + server.user());
    command.add("--default-character-set=utf8mb4");
    command.add("--max-allowed-packet=64M");
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // Not an argument: those can be seen by everybody on the machine.
    builder.environment().put("MYSQL_PWD", server.password());
    return builder;
  }

  private void run(String what, List<ProcessBuilder> programs) {
    Path errors = work.resolve(what + ".err");
    programs.forEach(p -> p.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile())));
    programs
        .get(programs.size() - 1)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(errors.toFile()));
    try {
      for (Process process : ProcessBuilder.startPipeline(programs)) {
        if (process.waitFor() != 0) {
          throw new BenchException(what + " failed: " + Files.readString(errors));
        }
      }
    } catch (IOException e) {
      throw new BenchException(what + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
