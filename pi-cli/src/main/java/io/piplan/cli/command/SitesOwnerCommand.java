package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.meta.Metadata;
import io.piplan.meta.TableRule;
import io.piplan.meta.Zone;
import io.piplan.meta.ZsKey;
import io.piplan.meta.Zsid;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sites owner}. */
@Command(
    name = "owner",
    description = "Says which zone owns the rows with a ZSKey, and their ZSID.",
    footer = {
      "",
      "Examples:",
      "  pi sites owner sql/sites/sites.json orders 4711",
      "",
      "Values are written as the database prints them, in the order of the ZSKey's columns."
    })
final class SitesOwnerCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(index = "0", paramLabel = "FILE.json", description = "The metadata document.")
  private Path file;

  @Parameters(index = "1", paramLabel = "TABLE", description = "A table.")
  private String table;

  @Parameters(
      index = "2..*",
      arity = "1..*",
      paramLabel = "VALUE",
      description = "The values of its ZSKey.")
  private List<String> values = new ArrayList<>();

  SitesOwnerCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    Metadata metadata = SiteLinks.read(file.toString()).metadata();
    ZsKey key =
        metadata
            .rule(table)
            .flatMap(TableRule::key)
            .orElseThrow(
                () ->
                    refused(
                        file + " names no ZSKey of table " + table,
                        "name one of "
                            + metadata.tables().stream()
                                .filter(rule -> rule.key().isPresent())
                                .map(TableRule::name)
                                .toList()));
    if (key.columns().size() != values.size()) {
      throw refused(
          "found " + values.size() + " values for the ZSKey " + key.columns(),
          "give one value for each of its columns");
    }
    List<byte[]> bytes =
        values.stream().map(value -> value.getBytes(StandardCharsets.UTF_8)).toList();
    Zsid zsid =
        key.zsid(bytes)
            .orElseThrow(
                () ->
                    refused(
                        values + " has no ZSID by algorithm \"" + key.algorithm().type() + "\"",
                        "nobody owns such rows; correct the value or the algorithm"));
    Zone owner = metadata.zone(metadata.ownership().owner(zsid)).orElseThrow();
    top.console().say("ZSID " + zsid + ", owned by zone " + owner);
    return ExitCode.OK.number();
  }

  private static DtsException refused(String message, String remedy) {
    return new DtsException(DtsError.DEFINITION_METADATA, message, remedy);
  }
}
