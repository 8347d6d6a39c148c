package io.piplan.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server process which cannot outlive this JVM, not even when this JVM is killed.
 *
 * <p>Between the two stands a small shell which reads from a pipe that only this JVM holds open.
 * The end of the pipe tells it that the JVM is gone: it kills the server and deletes its folder. It
 * starts the server itself, so no moment exists in which the server runs and nobody watches.
 */
final class GuardedProcess implements AutoCloseable {
  /**
   * $1 is the folder to delete in the end; the rest is the server's command. It is told "start" by
   * line and tells "pid N" and "exit CODE". Ctrl-C in a terminal reaches the whole process group,
   * hence the traps: only the pipe counts.
   */
  private static final String GUARD =
      """
      trap '' INT HUP TERM
      home=$1; shift
      pidfile=$home/guarded.pid
      while read -r order; do
        rm -f "$pidfile"
        (
          (
            trap - INT HUP TERM
            exec "$@"
          ) >>"$home/server.log" 2>&1 </dev/null &
          pid=$!
          echo "$pid" >"$pidfile.new" && mv "$pidfile.new" "$pidfile"
          echo "pid $pid"
          wait "$pid"
          code=$?
          rm -f "$pidfile"
          echo "exit $code"
        ) &
        until [ -e "$pidfile" ] || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
      done
      if [ -e "$pidfile" ]; then kill -9 "$(cat "$pidfile")"; fi 2>/dev/null
      for attempt in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$home" 2>/dev/null && break
        sleep 0.2
      done
      """;

  private final Path home;
  private final Process guard;
  private final OutputStream orders;
  private volatile Run run = Run.never();

  /** One life of the server: its pid, and its exit code once it has ended. */
  private record Run(CompletableFuture<Long> pid, CompletableFuture<Integer> exit) {
    static Run never() {
      return new Run(
          CompletableFuture.failedFuture(new EmbeddedServerException("server was never started")),
          CompletableFuture.completedFuture(0));
    }

    static Run begun() {
      return new Run(new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  /**
   * Doesn't start the server yet.
   *
   * @param home the server's folder, which is deleted in the end
   */
  GuardedProcess(Path home, List<String> command) {
    this.home = home;
    List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", GUARD, "guard", home.toString()));
    all.addAll(command);
    try {
      ProcessBuilder builder = new ProcessBuilder(all).directory(home.toFile());
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      this.guard = builder.start();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot start " + command.get(0), e);
    }
    this.orders = guard.getOutputStream();
    Thread reader = new Thread(this::readReports, "guard of " + home.getFileName());
    reader.setDaemon(true);
    reader.start();
  }

  private void readReports() {
    try (BufferedReader reports =
        new BufferedReader(new InputStreamReader(guard.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reports.readLine(); line != null; line = reports.readLine()) {
        String[] words = line.split(" ", 2);
        if (words[0].equals("pid")) {
          run.pid().complete(Long.valueOf(words[1]));
        } else {
          run.exit().complete(Integer.valueOf(words[1]));
        }
      }
    } catch (IOException e) {
      // The guard was closed from this side: what follows is the same as its end.
    }
    run.pid().completeExceptionally(new EmbeddedServerException("guard of " + home + " ended"));
    run.exit().complete(-1);
  }

  synchronized void start() {
    if (isRunning()) {
      throw new IllegalStateException("server in " + home + " runs already");
    }
    run = Run.begun();
    try {
      orders.write("start\n".getBytes(StandardCharsets.UTF_8));
      orders.flush();
    } catch (IOException e) {
      throw new EmbeddedServerException("guard of " + home + " ended", e);
    }
    pid();
  }

  long pid() {
    try {
      return run.pid().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new EmbeddedServerException("server in " + home + " has no process", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted", e);
    }
  }

  boolean isRunning() {
    return !run.exit().isDone();
  }

  /** Whether the server ended within this time. */
  boolean awaitExit(Duration within) {
    try {
      run.exit().get(within.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted", e);
    }
  }

  /**
   * Sends a signal, e.g. {@code STOP}, if the server runs.
   *
   * @param withChildren to its child processes too
   */
  void signal(String name, boolean withChildren) {
    if (!isRunning()) {
      return;
    }
    long pid = pid();
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -\"$0\" \"$@\"", name));
    command.add(Long.toString(pid));
    if (withChildren) {
      ProcessHandle.of(pid).stream()
          .flatMap(ProcessHandle::descendants)
          .forEach(child -> command.add(Long.toString(child.pid())));
    }
    try {
      new ProcessBuilder(command)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot signal " + pid, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted", e);
    }
  }

  /**
   * Kills the server and all its children, and waits until they are gone: a child of PostgreSQL
   * that lives on keeps the next start from the data.
   *
   * @return false if some live on after this time
   */
  boolean kill(Duration within) {
    if (!isRunning()) {
      return true;
    }
    // Stopped, it can have no more children after the others were listed.
    signal("STOP", false);
    List<ProcessHandle> children =
        ProcessHandle.of(pid()).stream().flatMap(ProcessHandle::descendants).toList();
    signal("KILL", true);
    long end = System.nanoTime() + within.toNanos();
    boolean gone = awaitExit(within);
    try {
      for (ProcessHandle child : children) {
        child.onExit().get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
      return gone;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted", e);
    }
  }

  /** The end of the server's log, for messages. */
  String logTail() {
    Path log = home.resolve("server.log");
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** Kills the server if it runs, and deletes its folder. */
  @Override
  public void close() {
    try {
      orders.close();
    } catch (IOException e) {
      // It ended by itself already, which closed the pipe.
    }
    try {
      if (!guard.waitFor(30, TimeUnit.SECONDS)) {
        guard.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
