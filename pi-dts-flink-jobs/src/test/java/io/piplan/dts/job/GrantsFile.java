package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grants of a file in {@code sql/}, as people run them: the statements, and of those in
 * comments the ones that are asked for by a word of what they are for.
 */
record GrantsFile(List<String> lines) {
  private static final Pattern MYSQL = Pattern.compile("GRANT (.+?) TO '(\\w+)'@'%';");
  private static final Pattern POSTGRES = Pattern.compile("--   (GRANT .+ TO pi_target);");

  static GrantsFile read(String name) throws IOException {
    return new GrantsFile(Files.readAllLines(Path.of("..", "sql", name)));
  }

  /**
   * Makes a user on MySQL or MariaDB who may do what an account of the file may, in another
   * database than {@code shop}; returns its password.
   */
  String create(
      EmbeddedDatabase server, String user, String account, String database, String... optional)
      throws SQLException {
    List<String> rights = new ArrayList<>();
    for (String line : lines) {
      Matcher grant = MYSQL.matcher(line);
      boolean wanted = !line.startsWith("--") || contains(line, optional);
      if (grant.find() && grant.group(2).equals(account) && wanted) {
        rights.add(grant.group(1).replace(" shop.", " `" + database + "`."));
      }
    }
    assertThat(rights).as(account).hasSizeGreaterThanOrEqualTo(1 + optional.length);
    return SyncHarness.createUser(server, user, rights.toArray(String[]::new));
  }

  /**
   * The grants of the account on PostgreSQL, for another user and schema. In the file all of them
   * are comments, each optional one below what it is for.
   */
  String[] postgres(String user, String database, String schema, String... optional) {
    List<String> grants = new ArrayList<>();
    String purpose = "";
    for (String line : lines) {
      Matcher grant = POSTGRES.matcher(line);
      if (line.startsWith("-- and")) {
        purpose = line;
      } else if (grant.matches() && (purpose.isEmpty() || contains(purpose, optional))) {
        grants.add(
            grant
                .group(1)
                .replace("DATABASE shop", "DATABASE " + database)
                .replace("SCHEMA public", "SCHEMA " + schema)
                .replace("pi_target", user));
      }
    }
    assertThat(grants).hasSize(2 + optional.length);
    return grants.toArray(String[]::new);
  }

  private static boolean contains(String line, String... words) {
    for (String word : words) {
      if (line.contains(word)) {
        return true;
      }
    }
    return false;
  }
}
