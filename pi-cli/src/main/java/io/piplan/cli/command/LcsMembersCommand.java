package io.piplan.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.cli.ExitCode;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pi lcs members}: who belongs to the group, and changes of that. */
@Command(
    name = "members",
    description = "Lists the members of the group, takes one in or takes one out.",
    subcommands = {LcsMembersCommand.Add.class, LcsMembersCommand.Remove.class},
    footer = {
      "",
      "Examples:",
      "  pi lcs members --http 10.0.0.1:7401",
      "  pi lcs server --id 4 --peers 1=10.0.0.1:7201,4=10.0.0.4:7201 --join --dir /var/lib/pi-lcs",
      "  pi lcs members add 4 10.0.0.4:7201 --http 10.0.0.1:7401",
      "  pi lcs members remove 4 --http 10.0.0.1:7401",
      "",
      "The new member is started first, on its machine. Any member will do for the rest; the one that"
          + " leads is found."
    })
final class LcsMembersCommand implements Callable<Integer> {
  private final Pi top;

  @Mixin private Http http;

  LcsMembersCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    return http.ask(top, "GET", null);
  }

  /** {@code pi lcs members add}. */
  @Command(
      name = "add",
      description =
          "Takes in a server that was started with --join. It follows first, and votes when it has"
              + " caught up.",
      footer = {"", "Examples:", "  pi lcs members add 4 10.0.0.4:7201 --http 10.0.0.1:7401"})
  static final class Add implements Callable<Integer> {
    private final Pi top;

    @Mixin private Http http;

    @Parameters(index = "0", paramLabel = "ID", description = "Its --id.")
    private String id;

    @Parameters(
        index = "1",
        paramLabel = "HOST:PORT",
        description = "Where the other members reach it.")
    private String address;

    Add(Pi top) {
      this.top = top;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
      LcsServerCommand.address("HOST:PORT", address);
      return http.ask(
          top, "PUT", http.mapper.createObjectNode().put("id", id).put("address", address));
    }
  }

  /** {@code pi lcs members remove}. */
  @Command(
      name = "remove",
      description = "Takes a server out; stop it afterwards. Not the one that leads.",
      footer = {"", "Examples:", "  pi lcs members remove 4 --http 10.0.0.1:7401"})
  static final class Remove implements Callable<Integer> {
    private final Pi top;

    @Mixin private Http http;

    @Parameters(paramLabel = "ID", description = "Which one.")
    private String id;

    Remove(Pi top) {
      this.top = top;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
      return http.ask(top, "DELETE", http.mapper.createObjectNode().put("id", id));
    }
  }

  /** Where the HTTP interface of a server is, and what it asks for. */
  static final class Http {
    private final ObjectMapper mapper = new ObjectMapper();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Needed, but not by a command whose subcommand is called: that has its own. */
    @Option(
        names = "--http",
        paramLabel = "HOST:PORT",
        description = "The HTTP interface of one of the servers (its --http); needed.")
    private String address;

    @Mixin private LcsSecurity security;

    @Option(names = "--json", description = "Writes JSON.")
    private boolean json;

    private int ask(Pi top, String method, ObjectNode body)
        throws IOException, InterruptedException {
      if (address == null) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "Missing required option: '--http=HOST:PORT'");
      }
      LcsServerCommand.address("--http", address);
      LcsHttp client = new LcsHttp(address, security);
      JsonNode answer = client.send(method, "/v1/members", body);
      if (!answer.isArray()) {
        throw new LcsException(
            LcsError.CONFIG_INVALID,
            address + " answers " + answer,
            "give the --http address of a PiLCS server");
      }
      if (json) {
        top.console().say(answer.toString());
        return ExitCode.OK.number();
      }
      for (JsonNode member : answer) {
        top.console()
            .say(
                "member "
                    + member.path("id").asText()
                    + "  "
                    + member.path("address").asText()
                    + (member.path("learner").asBoolean() ? "  follows, has no vote" : ""));
      }
      return ExitCode.OK.number();
    }
  }
}
