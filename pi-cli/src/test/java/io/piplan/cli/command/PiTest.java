package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PiTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private CommandLine line() {
    return Pi.commandLine(
        Console.plain(new PrintWriter(out), new PrintWriter(err)), FlinkSyncEngine::new);
  }

  private CommandLine line(String... asked) {
    return Pi.commandLine(
        Console.plain(new PrintWriter(out), new PrintWriter(err)),
        FlinkSyncEngine::new,
        List.of(asked));
  }

  private int run(String... arguments) {
    return line().execute(arguments);
  }

  @Test
  void versionAndHelp() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("pi ").contains("Flink 1.").doesNotContain("${");
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("Exit codes:").contains("130");
  }

  @Test
  void wrongCommandLinesEndWithTwo() {
    assertThat(run("dif")).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("Did you mean").contains("diff");
    assertThat(run("diff", "--nonsense")).isEqualTo(ExitCode.USAGE.number());
    assertThat(run("diff", "a.b", "c.d")).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("remedy: write a URL").doesNotContain("\tat ");
  }

  /** What a server that is to be up soon doesn't need is not even looked at. */
  @Test
  void onlyTheCommandThatIsNamedIsMade() {
    for (String name : line().getSubcommands().keySet()) {
      assertThat(line(name).getSubcommands().keySet()).containsExactly(name);
      assertThat(line(name, "--help").getSubcommands().keySet()).containsExactly(name);
    }
    CommandLine all = line().getSubcommands().get("lcs");
    for (String name : all.getSubcommands().keySet()) {
      CommandLine lcs = line("lcs", name).getSubcommands().get("lcs");
      assertThat(lcs.getSubcommands().keySet()).containsExactly(name);
    }
    assertThat(line("lcs", "--help").getSubcommands().get("lcs").getSubcommands().keySet())
        .isEqualTo(all.getSubcommands().keySet());
    assertThat(line("--verbose", "lcs").getSubcommands().keySet())
        .isEqualTo(line().getSubcommands().keySet());
  }

  @Test
  void everyCommandHasHelpWithExamplesThatParse() {
    List<String> examples = new ArrayList<>();
    for (CommandLine command : all(line())) {
      String help = command.getUsageMessage();
      assertThat(help).as(command.getCommandName()).contains("Examples:");
      for (String footer : command.getCommandSpec().usageMessage().footer()) {
        if (footer.startsWith("  pi ")) {
          examples.add(footer.strip());
        }
      }
    }
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      List<String> words = new ArrayList<>();
      Matcher matcher = WORD.matcher(example.replaceFirst(" {2,}.*", ""));
      while (matcher.find()) {
        words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
      }
      line().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
    }
  }

  private static List<CommandLine> all(CommandLine line) {
    List<CommandLine> all = new ArrayList<>(List.of(line));
    line.getSubcommands().values().forEach(command -> all.addAll(all(command)));
    return all;
  }

  @Test
  void passwordsOnTheCommandLineAreRefusedAndNotRepeated() {
    assertThat(run("diff", "mysql://root:hunter2@h/d", "mysql://root@h/d"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(run("diff", "mysql://root@h/d?password=hunter2", "mysql://root@h/d"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(out.toString() + err).doesNotContain("hunter2").contains("password-env");
  }

  @Test
  void definitionsThatCannotBeRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("none.sql");
    assertThat(run("diff", "a.b", "c.d", "-f", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("there is no such file");
    Files.writeString(file, "SYNC DATABSE a.b TO c.d;");
    assertThat(run("diff", "a.b", "c.d", "-f", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("none.sql:1:6").contains("did you mean DATABASE?");
  }

  @Test
  void exitCodesTellWhoseFaultItIs() {
    assertThat(Pi.exitCode(new DtsException(DtsError.DEFINITION_SYNTAX, "m", "r"))).isEqualTo(2);
    assertThat(Pi.exitCode(new DtsException(DtsError.SOURCE_BINLOG_OFF, "m", "r"))).isEqualTo(3);
    assertThat(Pi.exitCode(new DtsException(DtsError.SOURCE_UNREACHABLE, "m", "r"))).isEqualTo(4);
    assertThat(Pi.exitCode(new IllegalStateException())).isEqualTo(3);
    for (DtsError error : DtsError.values()) {
      assertThat(Pi.exitCode(new DtsException(error, "m", "r"))).as(error.name()).isIn(2, 3, 4);
    }
  }

  @Test
  void serversThatCannotBeReachedEndWithFour() {
    assertThat(run("diff", "mysql://root@127.0.0.1:1/d", "mysql://root@127.0.0.1:1/e"))
        .isEqualTo(ExitCode.RETRY.number());
    assertThat(err.toString()).contains("PI-2001").contains("remedy:");
  }
}
