package io.piplan.dal.session;

import io.piplan.dal.rules.DalRules;
import java.time.Instant;
import java.util.Objects;

/**
 * The rules in force at a moment.
 *
 * @param document where they stand
 * @param number 1 for those of the start, one more with each reload
 * @param draining how many earlier rules still have transactions, or nodes that are not closed
 * @param refused why the document as it is now is not in force; empty if it is, or if nobody looks
 */
public record RulesFigures(
    String document, DalRules rules, long number, Instant since, int draining, String refused) {
  public RulesFigures {
    Objects.requireNonNull(refused, "refused");
  }
}
