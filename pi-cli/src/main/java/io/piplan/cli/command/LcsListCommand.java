package io.piplan.cli.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.piplan.cli.ExitCode;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.client.LcsClient;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pi lcs list}. */
@Command(
    name = "list",
    description = "Lists the sequences with their next numbers.",
    footer = {"", "Examples:", "  pi lcs list", "  pi lcs list --json"})
final class LcsListCommand implements Callable<Integer> {
  private final Pi top;

  @Mixin private LcsConnection connection;

  @Option(names = "--json", description = "Writes JSON.")
  private boolean json;

  LcsListCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    List<SequenceInfo> all;
    try (LcsClient client = connection.client()) {
      all = client.list();
    }
    if (json) {
      ArrayNode tree = new ObjectMapper().createArrayNode();
      for (SequenceInfo one : all) {
        tree.addObject()
            .put("name", one.name())
            .put("kind", one.policy().kind().name().toLowerCase(Locale.ROOT))
            .put("next", one.next())
            .put("limit", one.limit())
            .put("last", one.policy().last());
      }
      top.console().say(tree.toString());
      return ExitCode.OK.number();
    }
    for (SequenceInfo one : all) {
      top.console()
          .say(
              String.format(
                  Locale.ROOT,
                  "%-32s %-8s next %d",
                  one.name(),
                  one.policy().kind().name().toLowerCase(Locale.ROOT),
                  one.next()));
    }
    return ExitCode.OK.number();
  }
}
