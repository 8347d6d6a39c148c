package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pi lcs status}. */
@Command(
    name = "status",
    description = "Asks each of --servers who leads, how far it is, and what it gives.",
    footer = {
      "",
      "Examples:",
      "  pi lcs status -s 10.0.0.1:7301,10.0.0.2:7301,10.0.0.3:7301",
      "  pi lcs status --json",
      "",
      "Ends with 1 if one of them didn't answer, or if neither one of them nor the leader they"
          + " name gives numbers."
    })
final class LcsStatusCommand implements Callable<Integer> {
  private final Pi top;
  private final ObjectMapper mapper = new ObjectMapper();

  @Mixin private LcsConnection connection;

  @Option(names = "--json", description = "Writes JSON, one element a server.")
  private boolean json;

  LcsStatusCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    ArrayNode all = mapper.createArrayNode();
    boolean leads = false;
    boolean missing = false;
    for (String server : connection.each()) {
      try (LcsClient client = connection.client(server)) {
        JsonNode status = mapper.readTree(client.status());
        leads |= status.path("leads").asBoolean() || isLed(status);
        all.add(status);
      } catch (LcsException e) {
        missing = true;
        all.addObject().put("server", server).put("error", e.getMessage());
      }
    }
    if (json) {
      top.console().say(all.toString());
    } else {
      all.forEach(this::show);
      if (!leads) {
        top.console().complain("none of them gives numbers");
      }
    }
    return (leads && !missing ? ExitCode.OK : ExitCode.FOUND).number();
  }

  /** Whether the leader that a server names gives numbers, who may be none of those asked. */
  private boolean isLed(JsonNode status) throws JsonProcessingException {
    for (JsonNode member : status.path("members")) {
      String clients = member.path("clients").asText("");
      if (member.path("id").equals(status.path("leader")) && !clients.isEmpty()) {
        try (LcsClient client = connection.client(clients)) {
          return mapper.readTree(client.status()).path("leads").asBoolean();
        } catch (LcsException e) {
          return false;
        }
      }
    }
    return false;
  }

  private void show(JsonNode status) {
    Console console = top.console();
    if (status.has("error")) {
      console.say(
          status.path("server").asText() + "  " + console.bad(status.path("error").asText()));
      return;
    }
    console.say(
        String.format(
            Locale.ROOT,
            "server %s  %s, term %d, applied %d of %d, %d connections, %,d numbers/s",
            status.path("id").asText(),
            status.path("leads").asBoolean()
                ? console.good("gives numbers")
                : status.path("role").asText(),
            status.path("term").asLong(),
            status.path("applied").asLong(),
            status.path("commit").asLong(),
            status.path("connections").asInt(),
            status.path("numbers_per_second").asLong()));
    for (JsonNode member : status.path("members")) {
      console.say("  " + member(status, member));
    }
    status
        .path("limits")
        .fields()
        .forEachRemaining(
            limit -> console.say("  limit " + limit.getKey() + " " + limit.getValue().asText()));
    for (JsonNode sequence : status.path("sequences")) {
      console.say(
          String.format(
              Locale.ROOT,
              "  %s  next %d, stored up to %d",
              sequence.path("name").asText(),
              sequence.path("next").asLong(),
              sequence.path("limit").asLong()));
    }
  }

  private static String member(JsonNode status, JsonNode member) {
    StringBuilder text =
        new StringBuilder("member ")
            .append(member.path("id").asText())
            .append("  ")
            .append(member.path("address").asText());
    if (!member.path("clients").isNull()) {
      text.append(", clients at ").append(member.path("clients").asText());
    }
    if (member.path("learner").asBoolean()) {
      text.append(", without a vote");
    }
    if (member.path("id").equals(status.path("leader"))) {
      text.append(", leads");
    }
    for (JsonNode follower : status.path("followers")) {
      if (follower.path("id").equals(member.path("id"))) {
        text.append(
            String.format(
                Locale.ROOT,
                ", %d entries behind, heard %d ms ago",
                follower.path("lag").asLong(),
                follower.path("silent_ms").asLong()));
      }
    }
    return text.toString();
  }
}
