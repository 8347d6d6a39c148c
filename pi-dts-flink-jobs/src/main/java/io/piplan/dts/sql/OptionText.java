package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.Objects;

/** The value of one option as it is written, references and all, and where it is written. */
public final class OptionText {
  static final String REFERENCES =
      "write a reference instead: '${NAME}' for an environment variable or '${file:/path}' for a"
          + " file; they are read where they are used";

  private final SourceText source;
  private final Token key;
  private final Token value;

  OptionText(SourceText source, Token key, Token value) {
    this.source = source;
    this.key = key;
    this.value = value;
  }

  /** The name of the option as written. */
  public String name() {
    return key.value();
  }

  /** The value with its references unresolved. It may hold a password: do not print it. */
  public String raw() {
    return value.value();
  }

  /** Where the value stands. */
  public Location location() {
    return source.location(value.start());
  }

  int valueStart() {
    return value.start();
  }

  int valueEnd() {
    return value.end();
  }

  /**
   * Refuses a password or the like that is written out: a definition is stored and sent.
   *
   * @throws DtsException {@code DEFINITION_SECRET_WRITTEN}
   */
  void refuseLiteralSecret() {
    if (SecretMask.isLiteral(name(), raw())) {
      throw valueError(
          DtsError.DEFINITION_SECRET_WRITTEN,
          "'"
              + name()
              + (SecretMask.isSensitive(name())
                  ? "' is written out in the definition"
                  : "' holds a password that is written out in the definition"),
          REFERENCES);
    }
  }

  /** The value with its references read. */
  String resolve(SecretLookup secrets) {
    try {
      return secrets.resolve(raw());
    } catch (DtsException e) {
      throw atValue(e);
    }
  }

  /** An error about the name. */
  DtsException nameError(DtsError error, String message, String remedy) {
    return source.error(error, key.start(), key.end(), message, remedy);
  }

  /** An error about the value; the message must not hold the value of a secret. */
  DtsException valueError(DtsError error, String message, String remedy) {
    return source.error(error, value.start(), value.end(), message, remedy);
  }

  /** The same error, but it says where in the definition the reference stands. */
  DtsException atValue(DtsException e) {
    String message =
        e.getMessage().replaceFirst("^PI-\\d+ ", "").replaceFirst("(?s)\n  remedy:.*$", "");
    return source.error(e.error(), value.start(), value.end(), message, e.remedy());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OptionText option
        && option.name().equals(name())
        && option.raw().equals(raw());
  }

  @Override
  public int hashCode() {
    return Objects.hash(name(), raw());
  }

  @Override
  public String toString() {
    return SecretMask.mask("'" + name() + "' = '" + raw().replace("'", "''") + "'");
  }
}
