package io.piplan.bench;

import io.piplan.bench.RateTable.Rate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * What a transaction costs in the process that stands between client and server, and in the servers
 * themselves: where all share their processors, that is what is left for whom.
 */
final class CostOfEach {
  private final List<Long> servers;
  private final Map<String, ProcessCost> costs = new LinkedHashMap<>();
  private final Map<String, ProcessCost> ofServers = new LinkedHashMap<>();
  private final Map<String, Double> transactions = new LinkedHashMap<>();

  CostOfEach(List<Long> servers) {
    this.servers = List.copyOf(servers);
  }

  /**
   * Runs a load.
   *
   * @param pid empty if nothing is between
   */
  Rate of(String name, OptionalLong pid, double seconds, Supplier<Rate> load) {
    ProcessCost before = cost(pid.stream());
    ProcessCost serversBefore = cost(servers.stream().mapToLong(Long::longValue));
    Rate rate = load.get();
    costs.merge(name, cost(pid.stream()).since(before), ProcessCost::plus);
    ofServers.merge(
        name,
        cost(servers.stream().mapToLong(Long::longValue)).since(serversBefore),
        ProcessCost::plus);
    transactions.merge(name, rate.perSecond() * seconds, Double::sum);
    return rate;
  }

  private static ProcessCost cost(LongStream processes) {
    return processes.mapToObj(ProcessCost::of).reduce(ProcessCost.NONE, ProcessCost::plus);
  }

  void tell(RateTable table) {
    costs.forEach(
        (name, cost) -> {
          double count = transactions.get(name);
          String between =
              cost.equals(ProcessCost.NONE) ? "" : " takes " + cost.each(count) + "; and";
          table.note(
              name
                  + ": a transaction"
                  + between
                  + String.format(
                      java.util.Locale.ROOT,
                      " takes the servers %.0f µs",
                      ofServers.get(name).seconds() * 1e6 / count));
        });
  }
}
