package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.meta.MetaException;
import io.piplan.meta.MetaProblem;
import io.piplan.meta.Metadata;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.TableRule;
import io.piplan.meta.Zone;
import io.piplan.meta.ZsKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sites show}. */
@Command(
    name = "show",
    description = "Checks a metadata document and shows what it says: zones, owners, tables.",
    footer = {
      "",
      "Examples:",
      "  pi sites show sql/sites/sites.json",
      "  pi sites show sql/sites/sites.json --json",
      "",
      "Ends with 0 if the document is right, 1 if not; then all problems are listed."
    })
final class SitesShowCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(paramLabel = "FILE.json", description = "The document.")
  private Path file;

  @Option(names = "--json", description = "Writes JSON.")
  private boolean json;

  SitesShowCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    Console console = top.console();
    try {
      Metadata metadata = MetadataDocument.read(file).metadata();
      if (json) {
        say(Map.of("problems", List.of(), "metadata", fields(metadata)));
      } else {
        lines(metadata).forEach(console::say);
      }
      return ExitCode.OK.number();
    } catch (MetaException e) {
      if (json) {
        say(Map.of("problems", e.problems().stream().map(SitesShowCommand::fields).toList()));
      } else {
        for (MetaProblem problem : e.problems()) {
          console.say(
              console.bad("PI-" + problem.error().number()) + " " + file + ", " + problem.place());
          console.say("  " + problem.message());
          console.say("  remedy: " + problem.remedy());
        }
      }
      return ExitCode.FOUND.number();
    }
  }

  private void say(Map<String, Object> document) throws JsonProcessingException {
    top.console()
        .say(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
  }

  private static Map<String, Object> fields(MetaProblem problem) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("error", "PI-" + problem.error().number());
    fields.put("code", problem.error().name());
    fields.put("pointer", problem.place().pointer());
    fields.put("line", problem.place().line());
    fields.put("column", problem.place().column());
    fields.put("message", problem.message());
    fields.put("remedy", problem.remedy());
    return fields;
  }

  private static Map<String, Object> fields(Metadata metadata) {
    List<Map<String, Object>> zones = new ArrayList<>();
    for (Zone zone : metadata.zones()) {
      zones.add(Map.of("id", zone.id(), "name", zone.name(), "zsids", owned(metadata, zone)));
    }
    List<Map<String, Object>> tables = new ArrayList<>();
    for (TableRule rule : metadata.tables()) {
      tables.add(
          Map.of(
              "name", rule.name(),
              "zsKey", rule.key().map(ZsKey::columns).orElse(List.of()),
              "algorithm", rule.key().map(key -> key.algorithm().type()).orElse("")));
    }
    return Map.of("version", metadata.version(), "zones", zones, "tables", tables);
  }

  private static List<String> lines(Metadata metadata) {
    List<String> lines = new ArrayList<>();
    lines.add("version " + metadata.version() + ", " + metadata.ownership().count() + " ZSIDs");
    for (Zone zone : metadata.zones()) {
      lines.add("zone " + zone + " owns ZSID " + String.join(", ", owned(metadata, zone)));
    }
    for (TableRule rule : metadata.tables()) {
      lines.add(
          "table "
              + rule.name()
              + (rule.actualTables() > 0 ? "_0 to _" + (rule.actualTables() - 1) : "")
              + rule.key()
                  .map(key -> ": ZSKey " + key.columns() + " by " + key.algorithm().type())
                  .orElse(": no ZSKey, every zone may write it"));
    }
    return lines;
  }

  /** As ranges. */
  private static List<String> owned(Metadata metadata, Zone zone) {
    List<Integer> owners = metadata.ownership().zones();
    List<String> ranges = new ArrayList<>();
    for (int zsid = 0; zsid < owners.size(); zsid++) {
      if (owners.get(zsid) != zone.id()) {
        continue;
      }
      int first = zsid;
      while (zsid + 1 < owners.size() && owners.get(zsid + 1) == zone.id()) {
        zsid++;
      }
      ranges.add(first == zsid ? "" + first : first + "-" + zsid);
    }
    return ranges.isEmpty() ? List.of("none") : ranges;
  }
}
