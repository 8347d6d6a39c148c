package io.piplan.meta;

import java.util.List;
import java.util.stream.Collectors;

/** A document that is refused, with all that is wrong with it. */
public final class MetaException extends RuntimeException {
  // Exceptions are serializable by their nature; nobody sends this one.
  private final transient List<MetaProblem> problems;

  public MetaException(String document, List<MetaProblem> problems) {
    super(
        document
            + (problems.size() == 1 ? ": " : ": " + problems.size() + " problems\n")
            + problems.stream().map(MetaProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** In the order in which they stand in the document. */
  public List<MetaProblem> problems() {
    return problems;
  }
}
