package io.piplan.dts.check;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a MySQL or MariaDB user may do, read out of the lines of SHOW GRANTS. Immutable. */
final class MySqlGrants {
  private static final Pattern LINE =
      Pattern.compile(
          "(GRANT|REVOKE) (.+?) ON (?:TABLE )?(\\*|`(?:[^`]|``)+`)\\.(\\*|`(?:[^`]|``)+`)"
              + " (?:TO|FROM) .*",
          Pattern.DOTALL);

  /**
   * @param database a pattern as for LIKE, or null for all
   * @param table null for all
   */
  private record Grant(boolean revoked, Set<String> rights, Pattern database, String table) {
    boolean gives(String right) {
      return rights.contains(right) || rights.contains("ALL PRIVILEGES");
    }
  }

  private final List<Grant> grants = new ArrayList<>();

  /**
   * @param lines what SHOW GRANTS answers
   * @param foldsCase whether the server's names differ by more than case
   */
  MySqlGrants(List<String> lines, boolean foldsCase) {
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        grants.add(
            new Grant(
                matcher.group(1).equals("REVOKE"),
                rights(matcher.group(2)),
                matcher.group(3).equals("*") ? null : like(unquote(matcher.group(3)), foldsCase),
                matcher.group(4).equals("*") ? null : unquote(matcher.group(4))));
      }
    }
  }

  /** Whether one of the rights is there for the whole server. */
  boolean global(String... rights) {
    return grants.stream()
        .anyMatch(grant -> !grant.revoked() && grant.database() == null && any(grant, rights));
  }

  /** Whether the right is there for every table of a database. */
  boolean database(String right, String database) {
    if (grants.stream()
        .anyMatch(
            grant ->
                !grant.revoked()
                    && grant.database() != null
                    && grant.table() == null
                    && grant.gives(right)
                    && grant.database().matcher(database).matches())) {
      return true;
    }
    return global(right)
        && grants.stream()
            .noneMatch(
                grant ->
                    grant.revoked()
                        && grant.gives(right)
                        && grant.database() != null
                        && grant.database().matcher(database).matches());
  }

  /** Whether the right is there for the whole of a table. */
  boolean table(String right, TableId table) {
    return database(right, table.database())
        || grants.stream()
            .anyMatch(
                grant ->
                    !grant.revoked()
                        && grant.database() != null
                        && grant.gives(right)
                        && table.table().equalsIgnoreCase(grant.table())
                        && grant.database().matcher(table.database()).matches());
  }

  private static boolean any(Grant grant, String... rights) {
    for (String right : rights) {
      if (grant.gives(right)) {
        return true;
      }
    }
    return false;
  }

  /** Rights on some columns only are left out: they are no right to the table. */
  private static Set<String> rights(String list) {
    Set<String> rights = new HashSet<>();
    for (String right : list.replaceAll("\\([^)]*\\)", "()").split(",", -1)) {
      if (!right.contains("()")) {
        rights.add(right.trim().toUpperCase(Locale.ROOT));
      }
    }
    return rights;
  }

  private static String unquote(String name) {
    return name.substring(1, name.length() - 1).replace("``", "`");
  }

  private static Pattern like(String pattern, boolean foldsCase) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length()) {
        i++;
        regex.append(Pattern.quote(String.valueOf(pattern.charAt(i))));
      } else if (c == '%') {
        regex.append(".*");
      } else if (c == '_') {
        regex.append('.');
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(
        regex.toString(), Pattern.DOTALL | (foldsCase ? Pattern.CASE_INSENSITIVE : 0));
  }
}
