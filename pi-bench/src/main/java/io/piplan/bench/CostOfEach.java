package io.piplan.bench;

import io.piplan.bench.RateTable.Rate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** What a transaction costs in the process that stands between client and server. */
final class CostOfEach {
  private final Map<String, ProcessCost> costs = new LinkedHashMap<>();
  private final Map<String, Double> transactions = new LinkedHashMap<>();

  /**
   * Runs a load.
   *
   * @param pid empty if nothing is between
   */
  Rate of(String name, OptionalLong pid, double seconds, Supplier<Rate> load) {
    if (pid.isEmpty()) {
      return load.get();
    }
    ProcessCost before = ProcessCost.of(pid.getAsLong());
    Rate rate = load.get();
    costs.merge(name, ProcessCost.of(pid.getAsLong()).since(before), ProcessCost::plus);
    transactions.merge(name, rate.perSecond() * seconds, Double::sum);
    return rate;
  }

  void tell(RateTable table) {
    costs.forEach(
        (name, cost) ->
            table.note(name + ": a transaction takes " + cost.each(transactions.get(name))));
  }
}
