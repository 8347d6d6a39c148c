package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.dts.check.CheckReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi check}. */
@Command(
    name = "check",
    description =
        "Says whether a definition can be started, and what its user should know: settings, rights,"
            + " tables, types. Every finding comes with its remedy. Changes nothing; each start"
            + " runs the same checks.",
    footer = {
      "",
      "Examples:",
      "  pi check sql/mysql-to-postgres.sql",
      "  pi check sql/mysql-to-postgres.sql --quiet",
      "  pi check sql/mysql-to-mysql.sql --json",
      "",
      "Ends with 0 if it can be started, 1 if not. docs/checks.md lists the findings."
    })
final class CheckCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(paramLabel = "FILE.sql", description = "The definition.")
  private Path file;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes the findings as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Shows errors and warnings only.")
  private boolean quiet;

  CheckCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    DefinitionFile definition = DefinitionFile.of(file);
    try (SyncEngine engine = top.engine()) {
      CheckReport report =
          engine.launcher().check(definition.name(), definition.text(), state.directory());
      if (json) {
        top.console().say((quiet ? report.withoutInfo() : report).toJson());
      } else {
        new CheckText(top.console(), quiet).lines(report).forEach(top.console()::say);
      }
      return (report.passes() ? ExitCode.OK : ExitCode.FOUND).number();
    }
  }
}
