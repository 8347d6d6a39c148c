package io.piplan.dts.sql;

import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what a reference in an option value stands for: <code>${NAME}</code> an environment
 * variable, <code>${file:/path}</code> a file.
 */
@FunctionalInterface
public interface SecretLookup {
  /** A reference; its name or path is group 1. */
  Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");

  /**
   * The value a reference stands for.
   *
   * @throws DtsException {@code DEFINITION_SECRET_MISSING} if there is none
   */
  String read(Secret secret);

  /** Reads the environment and the files of this process. */
  static SecretLookup ofProcess() {
    return Secret::reveal;
  }

  /** The value with every reference in it read. */
  default String resolve(String value) {
    Matcher matcher = REFERENCE.matcher(value);
    StringBuilder resolved = new StringBuilder();
    while (matcher.find()) {
      String found = read(secret(matcher.group(1)));
      matcher.appendReplacement(resolved, Matcher.quoteReplacement(found));
    }
    return matcher.appendTail(resolved).toString();
  }

  /** The value as a secret: one single reference is kept as such and read where it is used. */
  default Secret secretOf(String value) {
    Matcher matcher = REFERENCE.matcher(value);
    return matcher.matches() ? secret(matcher.group(1)) : new Secret.LiteralSecret(resolve(value));
  }

  private static Secret secret(String reference) {
    return reference.startsWith("file:")
        ? new Secret.FileSecret(reference.substring("file:".length()).trim())
        : new Secret.EnvSecret(reference.trim());
  }
}
