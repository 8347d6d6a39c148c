package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsException;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.raft.RaftError;
import io.piplan.raft.RaftException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ScopeType;

/** {@code bin/pi}. */
@Command(
    name = "pi",
    description = "Pi Plan: keeps ordinary databases in several sites in step.",
    versionProvider = Version.class,
    footer = {
      "",
      "Examples:",
      "  pi demo",
      "  pi check sql/mysql-to-postgres.sql",
      "  pi sync start sql/mysql-to-postgres.sql",
      "  pi diff 'mysql://root@db-a/shop?password-env=A' 'mysql://root@db-b/shop?password-env=B'",
      "",
      "pi COMMAND --help tells more. PI_JAVA_OPTS holds options for java."
    })
public final class Pi {
  /**
   * In the order of the help. Only what is named is looked at: making all takes a second, and the
   * classes of some need jars that bin/pi doesn't give to a server that is to be up soon.
   */
  private static final List<String> COMMANDS =
      List.of(
          "demo",
          "check",
          "explain",
          "sync",
          "diff",
          "sites",
          "repair",
          "why",
          "hive",
          "lcs",
          "raft-kv",
          "proxy",
          "sidecar",
          "proxy-practise",
          "bench");

  @CommandLine.Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads the annotation only
  private boolean help;

  @CommandLine.Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  @SuppressWarnings("UnusedVariable")
  private boolean version;

  @CommandLine.Option(
      names = "--no-color",
      scope = ScopeType.INHERIT,
      description = "Writes no colours; the variable NO_COLOR does the same.")
  private boolean noColour;

  @CommandLine.Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Shows where in the program a failure came from.")
  private boolean verbose;

  private final Console console;
  private final Supplier<SyncEngine> engines;

  Pi(Console console, Supplier<SyncEngine> engines) {
    this.console = console;
    this.engines = engines;
  }

  /** Ends the process with an {@link ExitCode}. */
  public static void main(String[] arguments) {
    LogFile.choose(arguments);
    LibraryLog.redirect();
    System.exit(
        commandLine(processConsole(), FlinkSyncEngine::new, List.of(arguments)).execute(arguments));
  }

  private static Console processConsole() {
    boolean terminal = Boolean.getBoolean("pi.terminal") && !"dumb".equals(System.getenv("TERM"));
    String noColour = System.getenv("NO_COLOR");
    return new Console(
        new PrintWriter(System.out, false, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        terminal,
        terminal && (noColour == null || noColour.isEmpty()),
        Math.max(20, Integer.getInteger("pi.columns", 100)));
  }

  static CommandLine commandLine(Console console, Supplier<SyncEngine> engines) {
    return commandLine(console, engines, List.of());
  }

  /**
   * With what is asked for; with all commands where it begins with none of them.
   *
   * @param asked as on the command line
   */
  static CommandLine commandLine(
      Console console, Supplier<SyncEngine> engines, List<String> asked) {
    Pi top = new Pi(console, engines);
    CommandLine line = new CommandLine(top, new Commands(top));
    boolean named = !asked.isEmpty() && COMMANDS.contains(asked.get(0));
    for (String name : named ? asked.subList(0, 1) : COMMANDS) {
      line.addSubcommand(type(name));
    }
    Optional.ofNullable(line.getSubcommands().get("lcs"))
        .ifPresent(lcs -> LcsCommand.complete(lcs, asked.size() > 1 ? asked.get(1) : ""));
    line.setOut(console.out());
    line.setErr(console.err());
    line.setColorScheme(CommandLine.Help.defaultColorScheme(console.colour() ? Ansi.ON : Ansi.OFF));
    line.setExecutionExceptionHandler((failure, command, parsed) -> top.failed(failure));
    line.setUsageHelpWidth(Math.min(120, Math.max(80, console.columns())));
    line.setUsageHelpLongOptionsMaxWidth(32);
    // What follows 'bench' is for its own main, --help included.
    Optional.ofNullable(line.getSubcommands().get("bench"))
        .ifPresent(bench -> bench.setStopAtUnmatched(true));
    describeExitCodes(line);
    return line;
  }

  private static Class<?> type(String name) {
    return switch (name) {
      case "demo" -> DemoCommand.class;
      case "check" -> CheckCommand.class;
      case "explain" -> ExplainCommand.class;
      case "sync" -> SyncCommand.class;
      case "diff" -> DiffCommand.class;
      case "sites" -> SitesCommand.class;
      case "repair" -> RepairCommand.class;
      case "why" -> WhyCommand.class;
      case "hive" -> HiveCommand.class;
      case "lcs" -> LcsCommand.class;
      case "raft-kv" -> RaftKvCommand.class;
      case "proxy" -> ProxyCommand.class;
      case "sidecar" -> SidecarCommand.class;
      case "proxy-practise" -> ProxyPractiseCommand.class;
      case "bench" -> BenchCommand.class;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static void describeExitCodes(CommandLine line) {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(String.valueOf(code.number()), code.meaning());
    }
    line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(codes);
  }

  private int failed(Exception failure) {
    Console to = console();
    if (verbose) {
      failure.printStackTrace(to.err());
    }
    if (failure instanceof DtsException known) {
      to.complain(to.bad("pi: ") + known.getMessage());
    } else {
      String what = failure.getMessage() == null ? failure.toString() : failure.getMessage();
      to.complain(to.bad("pi: ") + what);
    }
    if (!verbose) {
      to.complain("  (--verbose shows more; the log is " + LogFile.path() + ")");
    }
    return exitCode(failure);
  }

  static int exitCode(Throwable failure) {
    if (failure instanceof DtsException known) {
      return ExitCode.of(known).number();
    }
    if (failure instanceof LcsException known) {
      return of(known.error() == LcsError.CONFIG_INVALID, known.error().retryable()).number();
    }
    if (failure instanceof RaftException known) {
      return of(known.error() == RaftError.CONFIG_INVALID, known.error().retryable()).number();
    }
    return ExitCode.FAILED.number();
  }

  private static ExitCode of(boolean usage, boolean retryable) {
    if (usage) {
      return ExitCode.USAGE;
    }
    return retryable ? ExitCode.RETRY : ExitCode.FAILED;
  }

  /** What starts and steers syncs; the caller closes it. */
  SyncEngine engine() {
    return engines.get();
  }

  /** The console as the options given ask for it. */
  Console console() {
    return noColour ? console.withoutColour() : console;
  }
}
