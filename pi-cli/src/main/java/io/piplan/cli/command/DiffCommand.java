package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.flink.DiffJobOptions;
import io.piplan.dts.job.DiffRequest;
import io.piplan.dts.job.FlinkDiff;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi diff}: compares two databases. */
@Command(
    name = "diff",
    description =
        "Compares the tables of two databases by meaning, whatever kind of server each is on. Rows"
            + " on their way through a sync are waited for.",
    footer = {
      "",
      "Examples:",
      "  pi diff 'mysql://root@db-a/shop?password-env=A_PASSWORD'"
          + " 'postgresql://sync@db-b/shop/public?password-file=/run/secrets/b'",
      "  pi diff 'mysql://root@db-a/shop?password-env=A&tls=verify-identity&tls.ca=/etc/ca.pem'"
          + " 'mysql://root@db-b/shop?password-env=B&tls=required'",
      "  pi diff mysql_a.shop pg_b.public -f sql/mysql-to-postgres.sql",
      "  pi diff mysql_a.shop pg_b.public -f sync.sql -t orders -t items:order_items --settle 5",
      "  pi diff mysql_a.shop pg_b.public -f sync.sql -t orders --where 'id BETWEEN 1 AND 5000'",
      "  pi diff mysql_a.shop mysql_b.shop -f sync.sql --sql mend.sql --rate 50000",
      "  pi diff mysql_a.shop mysql_b.shop -f sync.sql --by-version --parallelism 4",
      "  pi diff mysql_a.shop mysql_b.shop -f sync.sql --flink http://flink:8081 --parallelism 16",
      "",
      "Ends with 0 if all is equal, 1 if anything differs."
    })
final class DiffCommand implements Callable<Integer> {
  /** Rows of a table at most for which a job on a cluster makes statements. */
  private static final int MENDED = 1_000;

  private final Pi top;

  @Parameters(index = "0", paramLabel = "A", description = "A URL, or CATALOG.DATABASE with -f.")
  private String a;

  @Parameters(index = "1", paramLabel = "B", description = "The other one.")
  private String b;

  @Mixin private DatabaseNames databases;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE[:TABLE_OF_B]",
      description = "Only this table; again for more.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = "Only rows of which this is true; written as in a SYNC's WHERE.")
  private String where;

  @Option(
      names = "--by-version",
      description =
          "Compare keys and row versions only, where both sides have versions. Faster, but finds no"
              + " row that was changed without its version.")
  private boolean byVersion;

  @Option(
      names = "--version-column",
      paramLabel = "COLUMN",
      defaultValue = "pidal_c",
      description = "The column that --by-version compares (default: ${DEFAULT-VALUE}).")
  private String version;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description =
          "Look again for at most so long at rows that differ. Not needed where a sync copied A to"
              + " B: its progress tells when B should have a row.")
  private long settle;

  @Option(
      names = "--rate",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = "Read at most so many rows a second of each side.")
  private long rate;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "1",
      description = "Compare so many parts at once (default: ${DEFAULT-VALUE}).")
  private int parallelism;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "20",
      description = "Rows to show per table (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--sql",
      paramLabel = "FILE",
      description =
          "Write the statements that would make B what A is; - writes them to stdout. With --flink"
              + " those of at most 1,000 rows of a table.")
  private String sql;

  @Option(
      names = "--flink",
      paramLabel = "URL",
      description = "Compare on this Flink cluster, which goes on where a task was lost.")
  private String flink;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes the report as JSON.")
  private boolean json;

  DiffCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    Console console = top.console();
    DiffRequest request =
        new DiffRequest(
            a,
            b,
            databases.definition().map(DefinitionFile::name).orElse(null),
            databases.definition().map(DefinitionFile::text).orElse(null),
            tables,
            where,
            byVersion ? version : null,
            settle,
            flink != null && sql != null ? Math.max(samples, MENDED) : samples,
            parallelism,
            rate);
    if (flink != null) {
      return onCluster(console, request);
    }
    DiffJobOptions resolved = request.resolve(SecretLookup.ofProcess());
    Diff diff = new Diff(resolved.a(), resolved.b(), resolved.options());
    try (MendFile mend = MendFile.open(sql, console);
        DiffLine line = new DiffLine(console)) {
      DiffReport report = diff.run(line, mend);
      line.close();
      mend.end(report);
      return outcome(console, report);
    }
  }

  private int onCluster(Console console, DiffRequest request) {
    FlinkRuntime cluster = new FlinkRuntime.Cluster(flink, state.directory());
    FlinkDiff diff = new FlinkDiff(SecretLookup.ofProcess());
    try (MendFile mend = MendFile.open(sql, console);
        DiffLine line = new DiffLine(console)) {
      DiffReport report = diff.run(request, cluster, line);
      line.close();
      if (sql != null) {
        mend.untold(diff.tell(request, report, mend));
        mend.end(report);
      }
      return outcome(console, report.withSamples(samples));
    }
  }

  private int outcome(Console console, DiffReport report) {
    if (json) {
      console.say(report.toJson());
    } else if (!"-".equals(sql)) {
      console.say(report.toText().stripTrailing());
    }
    return (report.differences() == 0 ? ExitCode.OK : ExitCode.FOUND).number();
  }
}
