package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.schema.VersionInstallation;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.Zone;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sites triggers}. */
@Command(
    name = "triggers",
    description =
        "Prints the SQL that has a database keep row versions (pidal_c) for apps that write to it"
            + " directly: a hidden column where it is missing, and triggers. With --install runs"
            + " it.",
    footer = {
      "",
      "Examples:",
      "  pi sites triggers 'mysql://root@db-bj/shop?password-env=BJ_PASSWORD'"
          + " -m sql/sites/sites.json -z bj",
      "  pi sites triggers site_bj.shop -f sql/sites/two-sites.sql -m sql/sites/sites.json -z bj"
          + " --install",
      "  pi sites triggers site_bj.shop -f sql/sites/two-sites.sql -m sql/sites/sites.json -z bj"
          + " -t orders --remove --install",
      "",
      "Install before the syncs start: adding a column stops a sync that is running. Each table is",
      "locked while it is changed, and older transactions on it are waited for 10 s at most."
    })
final class SitesTriggersCommand implements Callable<Integer> {
  private static final int LOCK_WAIT = 1205;
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final Pi top;

  @Parameters(paramLabel = "DATABASE", description = "A URL, or CATALOG.DATABASE with -f.")
  private String database;

  @Mixin private DatabaseNames databases;

  @Option(
      names = {"-m", "--metadata"},
      required = true,
      paramLabel = "FILE.json",
      description = "The metadata document, which has the zone's id.")
  private Path metadata;

  @Option(
      names = {"-z", "--zone"},
      required = true,
      paramLabel = "ZONE",
      description = "Name of the zone whose apps write to the database.")
  private String zone;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE",
      description = "Only this table; again for more.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--existing",
      paramLabel = "ZONE",
      description =
          "The zone that counts as the writer of rows that are there already (default: --zone). The"
              + " same at all sites, if they begin with the same rows.")
  private String existing;

  @Option(names = "--remove", description = "Removes the triggers; the column stays.")
  private boolean remove;

  @Option(names = "--install", description = "Runs the statements instead of printing them.")
  private boolean install;

  SitesTriggersCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws SQLException {
    MetadataDocument document = SiteLinks.read(metadata.toString());
    Zone writer = SiteLinks.zone(document, zone);
    Zone before = existing == null ? writer : SiteLinks.zone(document, existing);
    DatabaseRef reference = databases.find(database);
    List<String> wanted;
    List<String> statements;
    try (Connection connection = reference.server().connect(Side.SOURCE)) {
      VersionInstallation installation = new VersionInstallation(connection, reference.schema());
      wanted = tables.isEmpty() ? installation.tables() : tables;
      if (wanted.isEmpty()) {
        throw new DtsException(
            DtsError.DEFINITION_UNKNOWN_OBJECT,
            reference.schema() + " of " + reference.server().address() + " has no tables",
            "correct its name, or grant the user rights to see them");
      }
      statements =
          remove ? installation.remove(wanted) : installation.install(wanted, writer, before);
    }
    if (install) {
      run(reference, statements);
      top.console().say((remove ? "triggers removed from " : "triggers made for ") + wanted);
    } else {
      print(statements);
    }
    return ExitCode.OK.number();
  }

  /** Adding a column may take longer than any limit for an answer; locks have their own. */
  private static void run(DatabaseRef reference, List<String> statements) throws SQLException {
    try (Connection connection = reference.server().connect(Side.SOURCE, Duration.ZERO)) {
      for (String sql : statements) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(sql);
        } catch (SQLException e) {
          throw refused(sql.lines().findFirst().orElse(""), e);
        }
      }
    }
  }

  private static DtsException refused(String sql, SQLException e) {
    if (e.getErrorCode() == LOCK_WAIT || LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
      return new DtsException(
          DtsError.TARGET_FAILED,
          "the database is busy: " + sql + ": " + e.getMessage(),
          "try again when long transactions on the table, and on pi_dts_tombstone, are over; tables"
              + " that were done before stay, and running all of it again is right",
          e);
    }
    return new DtsException(
        DtsError.TARGET_ACCESS_DENIED,
        "the database refuses: " + sql + ": " + e.getMessage(),
        e.getErrorCode() == 1419
            ? "SET GLOBAL log_bin_trust_function_creators = 1, or use an account that may make"
                + " triggers while the binlog is on; no table was changed"
            : "use an account with ALTER, TRIGGER and LOCK TABLES on the tables; those that were"
                + " done before stay, and running all of it again is right",
        e);
  }

  /** As the command-line clients of the servers take it. */
  private void print(List<String> statements) {
    Console console = top.console();
    for (String sql : statements) {
      boolean compound = sql.startsWith("CREATE TRIGGER") && sql.contains(";");
      if (compound) {
        console.say("DELIMITER //");
        console.say(sql + " //");
        console.say("DELIMITER ;");
      } else {
        console.say(sql + ";");
      }
    }
  }
}
