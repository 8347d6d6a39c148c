package io.piplan.meta;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** A value of a JSON document and where it stands. */
sealed interface Json {
  Place place();

  /** What it is, for messages. */
  String kind();

  /** Text. */
  record Text(Place place, String value) implements Json {
    @Override
    public String kind() {
      return "the text \"" + value + "\"";
    }
  }

  /** A number. */
  record Numeric(Place place, BigDecimal value) implements Json {
    @Override
    public String kind() {
      return "the number " + value.toPlainString();
    }
  }

  /** {@code true}, {@code false} or {@code null}. */
  record Word(Place place, String value) implements Json {
    @Override
    public String kind() {
      return value;
    }
  }

  /** An array. */
  record Items(Place place, List<Json> values) implements Json {
    @Override
    public String kind() {
      return "an array";
    }
  }

  /** An object; its members in their order. */
  record Members(Place place, Map<String, Json> values) implements Json {
    @Override
    public String kind() {
      return "an object";
    }
  }
}
