package io.piplan.dts.sql;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Which tables of a database a sync takes: those included (all if none are named), without those
 * excluded.
 */
public record TableSelection(List<TablePattern> including, List<TablePattern> excluding)
    implements Serializable {
  public TableSelection {
    including = List.copyOf(including);
    excluding = List.copyOf(excluding);
  }

  public boolean selects(String table) {
    return (including.isEmpty() || including.stream().anyMatch(p -> p.matches(table)))
        && excluding.stream().noneMatch(p -> p.matches(table));
  }

  /** The same text for choices of the same names and patterns, in whatever order they are. */
  public String digest() {
    String all = sorted(including) + " without " + sorted(excluding);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static List<String> sorted(List<TablePattern> patterns) {
    return patterns.stream().map(TablePattern::toString).sorted().toList();
  }

  /** Tables that are included by their name, and so must exist. */
  public List<String> named() {
    return including.stream().filter(p -> !p.isPattern()).map(TablePattern::text).toList();
  }
}
