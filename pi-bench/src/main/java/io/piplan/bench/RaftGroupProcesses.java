package io.piplan.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three {@link RaftWorker}s, each in a process. */
final class RaftGroupProcesses implements AutoCloseable {
  private final Path folder;
  private final List<Worker> workers = new ArrayList<>();

  private record Worker(Process process, PrintWriter in, BufferedReader out) {
    String ask(String line) {
      in.println(line);
      try {
        String answer;
        do {
          answer = out.readLine();
        } while (answer != null && !answer.startsWith("> "));
        if (answer == null) {
          throw new BenchException("a member of the group ended");
        }
        return answer.substring(2);
      } catch (IOException e) {
        throw new BenchException("a member of the group ended", e);
      }
    }
  }

  /**
   * @param election shortest and longest time-out, in milliseconds
   * @param heap as Java's option
   */
  record Settings(int inFlight, String election, String heap) {}

  /** What its members are. */
  enum Kind {
    JOINED,
    ALONE,
    BARE
  }

  RaftGroupProcesses(Path folder, Settings settings, Kind kind) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new BenchException("cannot write " + folder, e);
    }
    String peers =
        IntStream.rangeClosed(1, 3)
            .mapToObj(id -> id + "=127.0.0.1:" + ChildProcess.freePort())
            .collect(Collectors.joining(","));
    for (int id = 1; id <= 3; id++) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "raft-worker",
                  "--id",
                  String.valueOf(id),
                  "--in-flight",
                  String.valueOf(settings.inFlight()),
                  "--election-ms",
                  settings.election(),
                  "--peers",
                  peers,
                  "--dir",
                  folder.resolve("data-" + id).toString()));
      if (kind != Kind.JOINED) {
        arguments.add(kind == Kind.BARE ? "--bare" : "--alone");
      }
      ProcessBuilder builder =
          new ProcessBuilder(
              ChildProcess.java(
                  List.of(
                      settings.heap(),
                      HeapUse.option(folder.resolve("gc-" + id)),
                      "-Dpi.log.file=" + folder.resolve(id + ".log")),
                  BenchMain.class.getName(),
                  arguments));
      builder.redirectError(folder.resolve(id + ".err").toFile());
      try {
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end-member"));
        workers.add(
            new Worker(
                process,
                new PrintWriter(
                    new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8),
                    true),
                new BufferedReader(
                    new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))));
      } catch (IOException e) {
        throw new BenchException("cannot start a member", e);
      }
    }
  }

  private Worker leader() {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (System.nanoTime() < deadline) {
      for (Worker worker : workers) {
        if (worker.ask("leads").equals("true")) {
          return worker;
        }
      }
      Pause.millis(50);
    }
    throw new BenchException("no member leads");
  }

  RateTable.Rate load(int outstanding, double seconds) {
    String answer = leader().ask("load " + outstanding + " " + seconds);
    if (answer.startsWith("failed")) {
      throw new BenchException("commands " + answer);
    }
    String[] figures = answer.split(" ", -1);
    return new RateTable.Rate(
        Double.parseDouble(figures[0]),
        Double.parseDouble(figures[1]),
        Double.parseDouble(figures[2]));
  }

  /** What garbage collections of all members have said. */
  String heap() {
    return HeapUse.of(
        IntStream.rangeClosed(1, 3).mapToObj(id -> folder.resolve("gc-" + id)).toList());
  }

  @Override
  public void close() {
    for (Worker worker : workers) {
      worker.process().destroyForcibly();
    }
  }
}
