package io.piplan.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A server that is measured, in a process of its own; its output goes to a file. */
final class ChildProcess implements AutoCloseable {
  private final Process process;

  private ChildProcess(Process process) {
    this.process = process;
    // Also if the measurement is ended by Ctrl-C.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end-child"));
  }

  static ChildProcess start(Path log, List<String> command) {
    try {
      return new ChildProcess(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start());
    } catch (IOException e) {
      throw new BenchException("cannot start " + command.get(0), e);
    }
  }

  /** A main class of this class path. */
  static List<String> java(List<String> options, String main, List<String> arguments) {
    return java(System.getProperty("java.class.path"), options, main, arguments);
  }

  static List<String> java(
      String classPath, List<String> options, String main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return command;
  }

  /** Where a program is: as given, or found on the PATH. */
  static Optional<Path> find(Path given, String name) {
    if (given != null) {
      return Optional.of(given);
    }
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/usr/local/bin"))
        .map(folder -> Path.of(folder, name))
        .filter(file -> file.toFile().canExecute())
        .findFirst();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new BenchException("no free port", e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** Waits until it takes connections. */
  void awaitPort(int port) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!alive() || System.nanoTime() > deadline) {
          throw new BenchException("nothing listens at port " + port, e);
        }
        Pause.millis(20);
      }
    }
  }

  /** {@code STOP} or {@code CONT}. */
  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new BenchException("cannot send SIG" + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /** As by {@code kill -9}. */
  @Override
  public void close() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
