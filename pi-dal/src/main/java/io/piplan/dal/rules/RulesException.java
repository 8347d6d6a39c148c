package io.piplan.dal.rules;

import java.util.List;
import java.util.stream.Collectors;

/** A document is refused, with all that is wrong with it. */
public final class RulesException extends RuntimeException {
  private final transient List<RuleProblem> problems;

  public RulesException(String document, List<RuleProblem> problems) {
    super(
        problems.stream()
            .map(problem -> document + ": " + problem)
            .collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<RuleProblem> problems() {
    return problems;
  }
}
