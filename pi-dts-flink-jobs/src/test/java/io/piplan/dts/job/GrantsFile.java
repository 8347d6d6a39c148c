package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grants of a file in {@code sql/}, as people run them: the statements, and of those in
 * comments the ones that are asked for by a word of what they are for.
 */
record GrantsFile(List<String> lines) {
  /** What a right is for that not every sync needs, by words of the file. */
  enum Option {
    HEARTBEAT("'heartbeat.interval'"),
    BINLOG_MONITOR("BINLOG MONITOR"),
    DDL("'ddl' option:"),
    XA("'exactly-once-xa'"),
    TABLES_OF_OTHERS("belong to somebody else"),
    FOREIGN_KEYS("foreign keys"),
    TARGET_THREADS("'copy.target-threads'");

    private final String words;

    Option(String words) {
      this.words = words;
    }

    private boolean names(String line) {
      return line.contains(words);
    }
  }

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
      EmbeddedDatabase server, String user, String account, String database, Option... optional)
      throws SQLException {
    List<String> rights = new ArrayList<>();
    for (String line : withPurposes()) {
      Matcher grant = MYSQL.matcher(line);
      boolean wanted = !line.startsWith("--") || isFor(line, optional);
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
  String[] postgres(String user, String database, String schema, Option... optional) {
    List<String> grants = new ArrayList<>();
    String purpose = "";
    for (String line : lines) {
      Matcher grant = POSTGRES.matcher(line);
      if (line.startsWith("-- and")) {
        purpose = line;
      } else if (grant.matches() && (purpose.isEmpty() || isFor(purpose, optional))) {
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

  /** What a grant in a comment is for stands before it, or in the comment above. */
  private List<String> withPurposes() {
    List<String> told = new ArrayList<>();
    String above = "";
    for (String line : lines) {
      boolean bare = line.startsWith("-- GRANT");
      told.add(bare ? above + " " + line : line);
      above = line;
    }
    return told;
  }

  /** The options whose rights are in comments, in the order of the file, once for each grant. */
  List<Optional<Option>> optional() {
    List<Optional<Option>> found = new ArrayList<>();
    String purpose = "";
    for (String line : withPurposes()) {
      if (line.startsWith("-- and")) {
        purpose = line;
      }
      boolean ofPostgres = POSTGRES.matcher(line).matches();
      String about = ofPostgres ? purpose : line;
      // Those before any purpose are for all syncs to PostgreSQL.
      if (line.startsWith("--")
          && line.contains("GRANT ")
          && line.endsWith(";")
          && !about.isEmpty()) {
        found.add(Arrays.stream(Option.values()).filter(option -> option.names(about)).findFirst());
      }
    }
    return found;
  }

  private static boolean isFor(String line, Option... options) {
    return Arrays.stream(options).anyMatch(option -> option.names(line));
  }
}
