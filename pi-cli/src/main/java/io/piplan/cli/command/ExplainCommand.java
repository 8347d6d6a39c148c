package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi explain}. */
@Command(
    name = "explain",
    description =
        "Prints the ordinary Flink statements that each SYNC of a definition stands for."
            + " Reads the source's tables; changes nothing.",
    footer = {"", "Examples:", "  pi explain sql/mysql-to-postgres.sql"})
final class ExplainCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(paramLabel = "FILE.sql", description = "The definition.")
  private Path file;

  ExplainCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    DefinitionFile definition = DefinitionFile.of(file);
    try (SyncEngine engine = top.engine()) {
      for (String statement : engine.launcher().explain(definition.name(), definition.text())) {
        String text = statement.stripTrailing();
        top.console().say(text.endsWith(";") ? text : text + ";");
      }
    }
    return ExitCode.OK.number();
  }
}
