package io.piplan.proxy.server;

import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.node.NodePool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Gathers what SHOW PI … and the metrics tell, from all event loops, waiting for none. */
@SuppressWarnings("FutureReturnValueIgnored") // its last stage hands the outcome on
final class ProxyAdmin implements ProxyContext.Admin {
  private final List<Worker> workers;
  private final Sessions sessions;
  private RoutedEngine routed;

  ProxyAdmin(List<Worker> workers, Sessions sessions) {
    this.workers = workers;
    this.sessions = sessions;
  }

  /** Before the first question: where the pools are those of PiDAL. */
  void routed(RoutedEngine engine) {
    routed = engine;
  }

  @Override
  public void ask(Worker asker, List<String> words, BiConsumer<AdminTables, String> answer) {
    String what = words.isEmpty() ? "" : words.get(0).toUpperCase(Locale.ROOT);
    CompletableFuture<AdminTables> table =
        switch (what) {
          case "SESSIONS" -> sessions().thenApply(AdminTables::sessions);
          case "POOLS" -> pools().thenApply(AdminTables::pools);
          case "NODES" ->
              routed == null
                  ? fromAll(ProxyAdmin::node).thenApply(ProxyAdmin::nodes)
                  : CompletableFuture.completedFuture(routed.nodes());
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
    return routed == null
        ? fromAll(worker -> worker.pool().figures())
        : CompletableFuture.completedFuture(routed.pools());
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

  private static List<String> node(Worker worker) {
    return List.of(
        worker.pool().node().name(),
        worker.pool().node().host() + ":" + worker.pool().node().port(),
        worker.pool().trouble());
  }

  private static AdminTables nodes(List<List<String>> parts) {
    List<String> first = parts.get(0);
    String trouble =
        parts.stream().map(part -> part.get(2)).filter(t -> !t.isEmpty()).findFirst().orElse("");
    return new AdminTables(
        List.of("name", "type", "address", "state", "trouble"),
        List.of(
            List.of(
                first.get(0), "source", first.get(1), trouble.isEmpty() ? "up" : "down", trouble)));
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
