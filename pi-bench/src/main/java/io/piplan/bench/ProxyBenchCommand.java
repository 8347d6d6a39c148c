package io.piplan.bench;

import io.piplan.bench.Sysbench.Endpoint;
import io.piplan.bench.Sysbench.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench proxy}. */
@Command(
    name = "proxy",
    description =
        "Measures the proxy with sysbench on two embedded MariaDB: no proxy, a bare Netty relay,"
            + " the proxy to one node and the proxy over both, turn by turn; and transfers over"
            + " both nodes beside XA statements that the client sends itself.",
    footer = {
      "",
      "Examples:",
      "  bin/pi bench proxy",
      "  bin/pi bench proxy --loads point_select --threads 8 --seconds 10 --rounds 5",
      "  bin/pi bench proxy --contenders direct,sharded,peer --json",
      "",
      "sysbench must be there (Debian: apt-get install sysbench). ShardingSphere-Proxy is fetched"
          + " by Maven when it is asked for."
    },
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class ProxyBenchCommand implements Callable<Integer> {
  enum Load {
    POINT_SELECT,
    READ_WRITE,
    UPDATE_INDEX,
    TRANSFER,
    /** Point selects beside many connections that do nothing. */
    IDLE
  }

  enum Contender {
    DIRECT("direct"),
    /** READ_WRITE only: what a proxy over both nodes has to send, without one. */
    BY_HAND("split by hand, 2 nodes × 4 tables"),
    RELAY("bare Netty relay"),
    PROXY("proxy, one node"),
    SHARDED("proxy, 2 nodes × 4 tables"),
    PEER_PROXY("ShardingSphere-Proxy " + ShardingSphereProxy.VERSION + ", one node"),
    PEER("ShardingSphere-Proxy " + ShardingSphereProxy.VERSION + ", 2 nodes × 4 tables");

    private final String title;

    Contender(String title) {
      this.title = title;
    }
  }

  @Spec private CommandSpec spec;

  @Option(names = "--loads", split = ",", description = "What to send: ${COMPLETION-CANDIDATES}.")
  private Set<Load> loads = EnumSet.allOf(Load.class);

  @Option(
      names = "--contenders",
      split = ",",
      description = "What to send it to: ${COMPLETION-CANDIDATES}.")
  private Set<Contender> contenders =
      EnumSet.complementOf(EnumSet.of(Contender.BY_HAND, Contender.PEER, Contender.PEER_PROXY));

  @Option(names = "--threads", split = ",", description = "Clients at once.")
  private List<Integer> threads = List.of(1, 8, 32);

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "How long each turn is.")
  private int seconds = 5;

  @Option(names = "--warm-up", description = "Seconds of load for each before the first turn.")
  private int warmUp = 10;

  @Option(names = "--rows", description = "Of the table.")
  private long rows = 100_000;

  @Option(names = "--texts", description = "Statements as text, not prepared ones.")
  private boolean texts;

  @Option(names = "--heap", description = "Of each Java process.")
  private String heap = "512m";

  @Option(names = "--event-loops", description = "Of the proxy and the relay.")
  private int loops = Math.min(2, Runtime.getRuntime().availableProcessors());

  @Option(names = "--idle", description = "Connections that do nothing, for the load IDLE.")
  private int idle = 5_000;

  @Option(names = "--active", description = "Clients at once beside them.")
  private int active = 500;

  @Option(names = "--sysbench", description = "The program; else it is looked for on the PATH.")
  private Path sysbench;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final RateTable table = new RateTable();
  private Progress progress;

  @Override
  public Integer call() throws IOException {
    progress = new Progress(spec.commandLine().getErr());
    Path program = program();
    Path folder = Files.createTempDirectory("pi-bench-proxy-");
    Sysbench load = new Sysbench(program, folder, rows, seconds, !texts);
    table.facts(Machine.describe());
    table.fact("sysbench", load.version() + (texts ? ", texts" : ", prepared statements"));
    table.fact("table", rows + " rows; figures are transactions");
    table.fact("files in", folder.toString());
    progress.say("starting two MariaDB, " + rows + " rows each way");
    try (ProxyBed bed = new ProxyBed(folder, rows, heap, loops)) {
      table.fact("server", bed.node(0).version());
      table.fact("proxy", loops + " event loops, heap " + heap);
      table.fact("commits", "left to the system's cache, but for transfers, which are flushed");
      Map<Contender, Endpoint> endpoints = start(bed, folder);
      measure(bed, load, endpoints);
      transfers(bed, endpoints);
      // Clients with prepared statements would need a connection to the node each.
      idle(bed, new Sysbench(program, folder, rows, seconds, false), endpoints);
    } finally {
      spec.commandLine().getOut().print(json ? table.tree().toPrettyString() + "\n" : table.text());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private Path program() {
    Path found =
        ChildProcess.find(sysbench, "sysbench")
            .orElseThrow(() -> missing("sysbench is not on the PATH"));
    if (!Files.isExecutable(found)) {
      throw missing("there is no program " + found);
    }
    return found;
  }

  private ParameterException missing(String what) {
    return new ParameterException(
        spec.commandLine(),
        what + "; install it (Debian: apt-get install sysbench) or name it with --sysbench");
  }

  private Map<Contender, Endpoint> start(ProxyBed bed, Path folder) {
    Map<Contender, Endpoint> endpoints = new LinkedHashMap<>();
    for (Contender contender : EnumSet.copyOf(contenders)) {
      progress.say("starting: " + contender.title);
      switch (contender) {
        case DIRECT -> endpoints.put(contender, bed.direct());
        case BY_HAND -> endpoints.put(contender, bed.byHand());
        case RELAY -> endpoints.put(contender, bed.relay());
        case PROXY -> endpoints.put(contender, bed.passing());
        case SHARDED -> endpoints.put(contender, bed.sharded());
        case PEER_PROXY ->
            peer(folder).ifPresent(there -> endpoints.put(contender, bed.passingPeer(there)));
        case PEER -> peer(folder).ifPresent(there -> endpoints.put(contender, bed.peer(there)));
        default -> throw new IllegalStateException(contender.name());
      }
    }
    return endpoints;
  }

  private Optional<ShardingSphereProxy> peer(Path folder) {
    return ShardingSphereProxy.resolve(
        folder, reason -> table.note("ShardingSphere-Proxy is left out: " + reason));
  }

  private void measure(ProxyBed bed, Sysbench load, Map<Contender, Endpoint> endpoints) {
    CostOfEach costs = new CostOfEach(bed.servers());
    for (Load one : loads) {
      if (one == Load.TRANSFER || one == Load.IDLE) {
        continue;
      }
      Map<Contender, Endpoint> takers = new LinkedHashMap<>(endpoints);
      if (one != Load.READ_WRITE) {
        takers.remove(Contender.BY_HAND);
      }
      if (warmUp > 0) {
        each(
            one,
            takers,
            (contender, endpoint) -> {
              progress.say("warming up: " + one + " to " + contender.title);
              load.run(script(one, contender), endpoint, 8, warmUp);
            });
      }
      for (int round = 1; round <= rounds; round++) {
        for (int count : threads) {
          progress.say(one + ", " + count + " threads, round " + round);
          each(
              one,
              takers,
              (contender, endpoint) ->
                  table.add(
                      name(one, count),
                      contender.title,
                      costs.of(
                          name(one, count) + ", " + contender.title,
                          bed.between(endpoint),
                          seconds,
                          () -> load.run(script(one, contender), endpoint, count))));
        }
      }
    }
    costs.tell(table);
  }

  /** A load that the peer can't take is left out for it from then on; ours must take all. */
  private void each(
      Load load, Map<Contender, Endpoint> takers, BiConsumer<Contender, Endpoint> turn) {
    for (Map.Entry<Contender, Endpoint> taker : List.copyOf(takers.entrySet())) {
      try {
        turn.accept(taker.getKey(), taker.getValue());
      } catch (BenchException e) {
        if (taker.getKey() != Contender.PEER && taker.getKey() != Contender.PEER_PROXY) {
          throw e;
        }
        takers.remove(taker.getKey());
        table.note(
            taker.getKey().title
                + " is left out of the rest of "
                + load
                + ": "
                + e.getMessage().lines().filter(line -> !line.isBlank()).limit(30).toList());
      }
    }
  }

  private static Script script(Load load, Contender contender) {
    return contender == Contender.BY_HAND ? Script.READ_WRITE_BY_HAND : Script.valueOf(load.name());
  }

  private static String name(Load load, int threads) {
    return load.name().toLowerCase(java.util.Locale.ROOT)
        + ", "
        + threads
        + (threads == 1 ? " thread" : " threads");
  }

  private void idle(ProxyBed bed, Sysbench load, Map<Contender, Endpoint> endpoints) {
    if (!loads.contains(Load.IDLE)) {
      return;
    }
    for (Contender contender : List.of(Contender.PROXY, Contender.SHARDED)) {
      Endpoint to = endpoints.get(contender);
      if (to == null) {
        continue;
      }
      progress.say("IDLE, " + contender.title);
      String before = bed.figures(to);
      try (IdleClients clients =
          IdleClients.open(new Endpoint(to.port(), "idle", "", to.schema()), idle)) {
        String opened = bed.figures(to);
        RateTable.Rate rate = load.run(Script.POINT_SELECT, to, active);
        table.note(
            String.format(
                java.util.Locale.ROOT,
                "%s, heap %s: %s; with %d idle connections %s; and with %d clients that select,"
                    + " %,.0f selects a second: %s",
                contender.title,
                heap,
                before,
                idle,
                opened,
                active,
                rate.perSecond(),
                bed.figures(to)));
      }
    }
  }

  private void warmUp(TransferLoad load, ProxyBed bed, Map<Contender, Endpoint> takers) {
    if (warmUp == 0) {
      return;
    }
    progress.say("warming up: TRANSFER by hand");
    load.byHand(bed.part(0), bed.part(1), 8);
    each(
        Load.TRANSFER,
        takers,
        (contender, endpoint) -> {
          progress.say("warming up: TRANSFER to " + contender.title);
          load.throughProxy(endpoint, 8);
        });
  }

  private void transfers(ProxyBed bed, Map<Contender, Endpoint> endpoints) {
    if (!loads.contains(Load.TRANSFER)) {
      return;
    }
    bed.flushCommits();
    TransferLoad transfers = new TransferLoad(seconds);
    Map<Contender, Endpoint> takers = new LinkedHashMap<>(endpoints);
    takers.keySet().retainAll(List.of(Contender.SHARDED, Contender.PEER));
    warmUp(new TransferLoad(warmUp), bed, takers);
    for (int round = 1; round <= rounds; round++) {
      for (int count : threads) {
        progress.say("TRANSFER, " + count + " threads, round " + round);
        String name = name(Load.TRANSFER, count) + ", XA over 2 nodes";
        table.add(name, "XA by hand", transfers.byHand(bed.part(0), bed.part(1), count));
        each(
            Load.TRANSFER,
            takers,
            (contender, endpoint) ->
                table.add(name, contender.title, transfers.throughProxy(endpoint, count)));
      }
    }
  }
}
