package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.job.SyncLauncher.Start;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Starts {@code pi sync start} again in a session of its own, which outlives this terminal, and
 * waits until its syncs have started or it has failed.
 */
record DetachedStart(
    Path definition, Set<String> only, Path state, int slots, int metricsPort, Start start) {
  ExitCode run(Console console) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(state.resolve("run"));
    String name = name().replaceAll("[^\\w.-]", "_");
    Path output = folder.resolve(name + ".out");
    Path ready = folder.resolve(name + ".ready");
    Files.deleteIfExists(ready);
    ProcessBuilder builder = new ProcessBuilder(command(ready));
    builder.environment().put("PI_BUILD", "no");
    builder.redirectInput(Path.of("/dev/null").toFile());
    // A sync that runs writes there, too.
    builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(output.toFile()));
    long before = Files.exists(output) ? Files.size(output) : 0;
    Process process = builder.start();
    while (!Files.exists(ready)) {
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        console.complain(since(output, before).stripTrailing());
        return code(process.exitValue());
      }
    }
    Files.writeString(folder.resolve(name + ".pid"), process.pid() + "\n");
    for (String sync : Files.readString(ready).lines().toList()) {
      console.say(sync + " started in the background, process " + process.pid());
      console.say("  see it:  pi sync status " + sync + stateOption());
      console.say("  end it:  pi sync stop " + sync + stateOption());
    }
    console.say("  output:  " + output);
    return ExitCode.OK;
  }

  /** Those that start alone have files of their own, as the others of the definition may run. */
  private String name() {
    String file = definition.getFileName().toString();
    return only.isEmpty() ? file : file + "-" + String.join("-", new TreeSet<>(only));
  }

  private static String since(Path output, long place) throws IOException {
    try (InputStream in = Files.newInputStream(output)) {
      in.skipNBytes(place);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static ExitCode code(int number) {
    for (ExitCode code : ExitCode.values()) {
      if (code.number() == number && code != ExitCode.OK) {
        return code;
      }
    }
    return ExitCode.FAILED;
  }

  private String stateOption() {
    return state.equals(LogFile.defaultState()) ? "" : " --state " + state;
  }

  private List<String> command(Path ready) {
    String script = System.getProperty("pi.script");
    if (script == null) {
      throw new IllegalStateException("--detach works only through bin/pi");
    }
    List<String> all =
        new ArrayList<>(
            List.of("setsid", script, "sync", "start", definition.toAbsolutePath().toString()));
    all.addAll(List.of("--state", state.toString(), "--slots", String.valueOf(slots)));
    all.addAll(List.of("--ready-file", ready.toString()));
    only.forEach(sync -> all.addAll(List.of("--sync", sync)));
    if (metricsPort != 0) {
      all.addAll(List.of("--metrics-port", String.valueOf(metricsPort)));
    }
    switch (start) {
      case CONTINUE -> {}
      case FRESH -> all.add("--fresh");
      case RESYNC -> all.add("--resync");
    }
    return all;
  }
}
