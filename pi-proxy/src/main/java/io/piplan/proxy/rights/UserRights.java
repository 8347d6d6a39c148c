package io.piplan.proxy.rights;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The rights of a user who has not all of them.
 *
 * @param schemas by name, as it is written; {@code *} stands for those that aren't named
 */
public record UserRights(String user, Map<String, Access> schemas) {
  private static final String OTHERS = "*";

  public UserRights {
    Objects.requireNonNull(user, "user");
    schemas = Map.copyOf(schemas);
  }

  /** Names that differ in case only may be one schema, and the rights of both must allow it. */
  Access in(String schema) {
    Access given = schemas.get(schema);
    if (given == null) {
      Access others = schemas.getOrDefault(OTHERS, Access.NONE);
      // What other letters a server takes for the same isn't known.
      boolean plain = schema.chars().allMatch(c -> c < 0x80);
      given =
          Stream.concat(
                  Stream.of(plain ? others : Access.NONE),
                  schemas.entrySet().stream()
                      .filter(entry -> entry.getKey().equalsIgnoreCase(schema))
                      .map(Map.Entry::getValue))
              .min(Comparator.naturalOrder())
              .orElseThrow();
    }
    // As with any server, whoever is in may look there.
    return schema.equalsIgnoreCase("information_schema") && given == Access.NONE
        ? Access.READ
        : given;
  }

  /** Whether the user was given rights in this schema, by its name or as one of the others. */
  boolean names(String schema) {
    return schemas.containsKey(OTHERS)
        || schemas.keySet().stream().anyMatch(schema::equalsIgnoreCase);
  }

  /**
   * Whether it may be the current schema.
   *
   * @throws ProxyException if not
   */
  public void checkSchema(String schema) {
    if (in(schema) == Access.NONE) {
      throw new ProxyException(
          ProxyError.SCHEMA_DENIED,
          "Access denied for user '" + user + "' to database '" + schema + "'");
    }
  }

  void check(String schema, String table, Access needed, String what) {
    if (!in(schema).includes(needed)) {
      throw new ProxyException(
          ProxyError.TABLE_DENIED,
          what
              + " command denied to user '"
              + user
              + "' for table '"
              + schema
              + "."
              + table
              + "': it needs the right "
              + needed.name().toLowerCase(java.util.Locale.ROOT)
              + " there");
    }
  }
}
