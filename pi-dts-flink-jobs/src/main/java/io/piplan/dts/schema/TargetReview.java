package io.piplan.dts.schema;

import io.piplan.dts.Column;
import java.util.List;

/**
 * What can be said beforehand of a source table's counterpart on the target.
 *
 * @param exists whether the target has it already
 * @param mismatches what stands against writing to it; empty if it is yet to be made
 * @param losses the columns whose values the target does not hold as they were
 * @param notes what of the source's table the target's will lack when it is made, in words
 */
public record TargetReview(
    boolean exists, List<Mismatch> mismatches, List<Loss> losses, List<String> notes) {
  public TargetReview {
    mismatches = List.copyOf(mismatches);
    losses = List.copyOf(losses);
    notes = List.copyOf(notes);
  }

  /**
   * @param column the target's or source's column, or empty if it is the table
   */
  public record Mismatch(String column, String message, String remedy) {}

  /**
   * @param to the target's type
   * @param lost in words; empty if nothing is, but the type is of another kind
   */
  public record Loss(Column source, String to, String lost) {}
}
