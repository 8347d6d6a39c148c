package io.piplan.proxy.node;

import java.util.Map;
import java.util.Optional;

/** The statement that has the effect of the collation in a login. */
final class CharsetOfLogin {
  private static final Map<Integer, String> COLLATIONS =
      Map.of(
          8, "latin1_swedish_ci",
          33, "utf8mb3_general_ci",
          45, "utf8mb4_general_ci",
          46, "utf8mb4_bin",
          224, "utf8mb4_unicode_ci",
          255, "utf8mb4_0900_ai_ci");

  private CharsetOfLogin() {}

  /** Empty for collations that drivers don't log in with. */
  static Optional<String> set(WireShape shape) {
    return Optional.ofNullable(COLLATIONS.get(shape.collation()))
        .map(
            name ->
                "SET NAMES " + name.substring(0, name.indexOf('_')) + " COLLATE '" + name + "'");
  }
}
