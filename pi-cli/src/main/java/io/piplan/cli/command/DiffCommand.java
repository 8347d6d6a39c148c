package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.verify.DatabaseRef;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.TablePair;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi diff}: compares two databases. */
@Command(
    name = "diff",
    description =
        "Compares the tables of two databases by meaning, whatever kind of server each is on.",
    footer = {
      "",
      "Examples:",
      "  pi diff 'mysql://root@db-a/shop?password-env=A_PASSWORD'"
          + " 'postgresql://sync@db-b/shop/public?password-file=/run/secrets/b'",
      "  pi diff mysql_a.shop pg_b.public -f sql/mysql-to-postgres.sql",
      "  pi diff mysql_a.shop pg_b.public -f sync.sql -t orders -t items:order_items --settle 5",
      "",
      "Ends with 0 if all is equal, 1 if anything differs."
    })
final class DiffCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(index = "0", paramLabel = "A", description = "A URL, or CATALOG.DATABASE with -f.")
  private String a;

  @Parameters(index = "1", paramLabel = "B", description = "The other one.")
  private String b;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE.sql",
      description = "Definition whose catalogs A and B name.")
  private Path file;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE[:TABLE_OF_B]",
      description = "Only this table; again for more.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "Look again for so long at rows that differ, while a sync is running.")
  private long settle;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "20",
      description = "Rows to show per table (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(names = "--json", description = "Writes the report as JSON.")
  private boolean json;

  DiffCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    Console console = top.console();
    DiffOptions options =
        DiffOptions.defaults()
            .withTables(tables.stream().map(DiffCommand::pair).toList())
            .withSettle(Duration.ofSeconds(settle))
            .withSamples(samples);
    Definition definition =
        file == null ? null : DefinitionFile.of(file).parse(SecretLookup.ofProcess());
    Diff diff = new Diff(database(a, definition), database(b, definition), options);
    try (DiffLine line = new DiffLine(console)) {
      DiffReport report = diff.run(line);
      line.close();
      console.say(json ? report.toJson() : report.toText().stripTrailing());
      return (report.differences() == 0 ? ExitCode.OK : ExitCode.FOUND).number();
    }
  }

  private static TablePair pair(String text) {
    String[] names = text.split(":", 2);
    return TablePair.of(names[0], names.length == 2 ? names[1] : names[0]);
  }

  private static DatabaseRef database(String text, Definition definition) {
    if (DatabaseUrl.isUrl(text)) {
      return DatabaseUrl.parse(text);
    }
    String[] names = text.split("\\.", 2);
    if (definition == null || names.length != 2) {
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          "found '" + text + "', which is no URL",
          "write a URL (see pi diff --help), or CATALOG.DATABASE and the definition with -f");
    }
    CreateCatalog catalog =
        definition
            .catalog(names[0])
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.DEFINITION_UNKNOWN_OBJECT,
                        definition.name() + " has no catalog " + names[0],
                        "it has "
                            + definition.catalogs().stream().map(CreateCatalog::name).toList()));
    return new DatabaseRef(catalog.settings().server(), names[1]);
  }
}
