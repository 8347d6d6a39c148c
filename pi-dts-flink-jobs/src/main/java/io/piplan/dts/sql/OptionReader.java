package io.piplan.dts.sql;

import io.piplan.dts.Amounts;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads typed values out of an option list, and refuses what it does not know. */
final class OptionReader {
  private final Map<String, OptionText> options = new LinkedHashMap<>();
  private final SecretLookup secrets;

  /**
   * @param what whose options they are, for messages, e.g. {@code SYNC DATABASE}
   * @param prefixes options that begin like this are passed on unchecked
   */
  OptionReader(
      Map<String, OptionText> written,
      Collection<OptionSpec> known,
      Collection<String> prefixes,
      String what,
      SecretLookup secrets) {
    this.secrets = secrets;
    Map<String, String> canonical = new LinkedHashMap<>();
    for (OptionSpec spec : known) {
      canonical.put(spec.name(), spec.name());
      spec.aliases().forEach(alias -> canonical.put(alias, spec.name()));
    }
    for (OptionText option : written.values()) {
      String name = canonical.get(option.name());
      boolean passedOn = prefixes.stream().anyMatch(option.name()::startsWith);
      if (name == null && !passedOn) {
        throw unknown(option, canonical.keySet(), what);
      }
      OptionText earlier = options.put(name == null ? option.name() : name, option);
      if (earlier != null) {
        throw option.nameError(
            DtsError.DEFINITION_BAD_OPTION,
            "'" + option.name() + "' means the same as '" + earlier.name() + "', given before",
            "give only one of the two");
      }
    }
  }

  private static DtsException unknown(OptionText option, Collection<String> known, String what) {
    String nearest = Nearest.of(option.name(), known);
    return option.nameError(
        DtsError.DEFINITION_UNKNOWN_OPTION,
        what + " has no option '" + option.name() + "'",
        nearest == null
            ? "remove it; the options are " + String.join(", ", known)
            : "did you mean '" + nearest + "'?");
  }

  Optional<OptionText> written(OptionSpec spec) {
    return Optional.ofNullable(options.get(spec.name()));
  }

  Optional<String> text(OptionSpec spec) {
    return written(spec).map(option -> option.resolve(secrets));
  }

  Optional<Long> integer(OptionSpec spec, long min, long max) {
    Optional<OptionText> option = written(spec);
    if (option.isEmpty()) {
      return Optional.empty();
    }
    String value = option.get().resolve(secrets).trim();
    try {
      long number = Long.parseLong(value.replace("_", ""));
      if (number >= min && number <= max) {
        return Optional.of(number);
      }
    } catch (NumberFormatException e) {
      // Reported below, as a number out of range is.
    }
    String range = max == Long.MAX_VALUE ? "of at least " + min : "from " + min + " to " + max;
    throw bad(
        option.get(), value, "a whole number " + range, "write digits only, in single quotes");
  }

  Optional<Duration> duration(OptionSpec spec) {
    Optional<OptionText> option = written(spec);
    if (option.isEmpty()) {
      return Optional.empty();
    }
    String value = option.get().resolve(secrets).trim();
    Optional<Duration> duration = Amounts.duration(value);
    if (duration.isEmpty()) {
      throw bad(
          option.get(), value, "a duration", "write it as '500 ms', '10 s', '5 min' or '1 h'");
    }
    return duration;
  }

  Optional<ZoneId> zone(OptionSpec spec) {
    Optional<OptionText> option = written(spec);
    if (option.isEmpty()) {
      return Optional.empty();
    }
    String value = option.get().resolve(secrets).trim();
    try {
      return Optional.of(ZoneId.of(value));
    } catch (DateTimeException e) {
      throw bad(
          option.get(),
          value,
          "a time zone",
          "write it as 'Asia/Shanghai', 'America/New_York' or '+08:00'");
    }
  }

  /** The constant whose name, in lower case with hyphens, is the value. */
  <E extends Enum<E>> Optional<E> choice(OptionSpec spec, Class<E> type) {
    Optional<OptionText> option = written(spec);
    if (option.isEmpty()) {
      return Optional.empty();
    }
    String value = option.get().resolve(secrets).trim().toLowerCase(Locale.ROOT);
    for (E constant : type.getEnumConstants()) {
      if (hyphened(constant).equals(value)) {
        return Optional.of(constant);
      }
    }
    String nearest = Nearest.of(value, spec.choices());
    throw bad(
        option.get(),
        value,
        "one of " + String.join(", ", spec.choices()),
        nearest == null ? "choose one of them" : "did you mean '" + nearest + "'?");
  }

  List<String> names(OptionSpec spec) {
    Optional<OptionText> option = written(spec);
    if (option.isEmpty()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    Arrays.stream(option.get().resolve(secrets).split(",", -1))
        .map(String::trim)
        .filter(name -> !name.isEmpty())
        .forEach(names::add);
    return List.copyOf(names);
  }

  /** The options whose names begin with the prefix, without it, references read. */
  Map<String, String> prefixed(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    options.forEach(
        (name, option) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), option.resolve(secrets));
          }
        });
    return found;
  }

  DtsException bad(OptionText option, String value, String expected, String remedy) {
    boolean shown = !SecretMask.isSensitive(option.name()) && option.raw().equals(value);
    return option.valueError(
        DtsError.DEFINITION_BAD_OPTION,
        "'"
            + option.name()
            + "' is "
            + (shown || option.raw().trim().equalsIgnoreCase(value) ? "'" + value + "'" : "wrong")
            + ", expected "
            + expected,
        remedy);
  }

  static String hyphened(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
