package io.piplan.proxy.server;

import io.piplan.dal.node.ReplicaFigures;
import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.node.NodePool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Gathers what SHOW PI … and the metrics tell, from all event loops, waiting for none. */
@SuppressWarnings("FutureReturnValueIgnored") // its last stage hands the outcome on
final class ProxyAdmin implements ProxyContext.Admin {
  private final List<Worker> workers;
  private final Sessions sessions;
  private Supplier<List<ReplicaFigures>> replicas = List::of;

  ProxyAdmin(List<Worker> workers, Sessions sessions) {
    this.workers = workers;
    this.sessions = sessions;
  }

  /** Before the first question, if there may be some. */
  void replicas(Supplier<List<ReplicaFigures>> figures) {
    replicas = figures;
  }

  @Override
  public void ask(Worker asker, List<String> words, BiConsumer<AdminTables, String> answer) {
    String what = words.isEmpty() ? "" : words.get(0).toUpperCase(Locale.ROOT);
    CompletableFuture<AdminTables> table =
        switch (what) {
          case "SESSIONS" -> sessions().thenApply(AdminTables::sessions);
          case "POOLS" -> pools().thenApply(AdminTables::pools);
          case "NODES" -> fromAll(ProxyAdmin::nodesOf).thenApply(this::nodes);
          default -> null;
        };
    if (table == null) {
      answer.accept(
          null,
          "found SHOW PI " + what + ", expected SHOW PI SESSIONS, SHOW PI POOLS or SHOW PI NODES");
      return;
    }
    table.whenCompleteAsync(
        (result, failure) -> answer.accept(result, failure == null ? null : failure.toString()),
        asker.loop());
  }

  CompletableFuture<List<NodePool.Figures>> pools() {
    return fromAll(worker -> worker.pools().stream().map(NodePool::figures).toList())
        .thenApply(parts -> parts.stream().flatMap(List::stream).toList());
  }

  private CompletableFuture<List<SessionFigures>> sessions() {
    return fromAll(this::of).thenApply(lists -> lists.stream().flatMap(List::stream).toList());
  }

  private List<SessionFigures> of(Worker worker) {
    return sessions.all().stream()
        .filter(session -> session.worker() == worker)
        .map(Session::figures)
        .toList();
  }

  private static List<List<String>> nodesOf(Worker worker) {
    return worker.pools().stream()
        .map(
            pool ->
                List.of(
                    pool.node().name(),
                    pool.node().host() + ":" + pool.node().port(),
                    pool.trouble()))
        .toList();
  }

  /** A row a node, from those of all event loops. */
  private AdminTables nodes(List<List<List<String>>> parts) {
    Map<String, ReplicaFigures> known = new HashMap<>();
    replicas.get().forEach(one -> known.put(one.node(), one));
    Map<String, List<String>> rows = new TreeMap<>();
    for (List<List<String>> part : parts) {
      for (List<String> node : part) {
        if (!node.get(2).isEmpty() || !rows.containsKey(node.get(0))) {
          rows.put(node.get(0), row(node, known.get(node.get(0))));
        }
      }
    }
    return new AdminTables(
        List.of(
            "name",
            "type",
            "address",
            "state",
            "trouble",
            "follows",
            "lag_ms",
            "takes_no_reads_because"),
        List.copyOf(rows.values()));
  }

  /**
   * @param replica null for a source
   */
  private static List<String> row(List<String> node, ReplicaFigures replica) {
    String trouble = node.get(2);
    boolean source = replica == null;
    return List.of(
        node.get(0),
        source ? "source" : "replica",
        node.get(1),
        trouble.isEmpty() ? "up" : "down",
        trouble,
        source ? "" : replica.source(),
        source || replica.lagMillis() < 0 ? "" : Long.toString(replica.lagMillis()),
        source ? "" : replica.problem());
  }

  private <T> CompletableFuture<List<T>> fromAll(Function<Worker, T> question) {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Worker worker : workers) {
      answers.add(CompletableFuture.supplyAsync(() -> question.apply(worker), worker.loop()));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
  }
}
