package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.List;
import java.util.Optional;

/** A statement with parameters, and a value for each of them. */
public interface FilledStatement {
  /** With a question mark for each value. */
  String text();

  /**
   * The value of a parameter.
   *
   * @return empty if what it is compared as isn't certain
   */
  Optional<Value> value(int parameter);

  /**
   * A text with these values in the place of its parameters.
   *
   * @param pieces what stands before the first parameter, between each two, and behind the last;
   *     the last values may stand in it already
   */
  String written(List<String> pieces);
}
