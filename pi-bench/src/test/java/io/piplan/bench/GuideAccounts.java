package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The accounts of a file of grants in {@code sql/}, which may do what a sync needs only. */
record GuideAccounts(String grants) {
  static GuideAccounts read() throws IOException {
    return new GuideAccounts(Files.readString(Path.of("..", "sql", "least-privilege-grants.sql")));
  }

  static GuideAccounts ofSites() throws IOException {
    return new GuideAccounts(Files.readString(Path.of("..", "sql", "sites", "grants.sql")));
  }

  /** The statements of a script, without comments. */
  static String[] statements(String script) {
    List<String> statements = new ArrayList<>();
    for (String part : script.replaceAll("(?m)^--.*$", "").split(";\\s*(\n|$)", 0)) {
      if (!part.isBlank()) {
        statements.add(part.strip());
      }
    }
    return statements.toArray(String[]::new);
  }

  /** The statements of the file that are about an account, with another password. */
  String[] account(String user, String password) {
    return Stream.of(statements(grants))
        .filter(sql -> sql.contains("'" + user + "'"))
        .map(sql -> sql.replace("change me", password))
        .toArray(String[]::new);
  }

  /** All statements of the file that stand in no comment, with another password. */
  String[] all(String password) {
    return Stream.of(statements(grants))
        .map(sql -> sql.replace("change me", password))
        .toArray(String[]::new);
  }

  /** They stand in comments there: what is for an empty database. */
  String[] postgresAccount(String password) {
    String part =
        grants.substring(grants.indexOf("--   CREATE ROLE"), grants.indexOf("-- and for"));
    return statements(part.replaceAll("(?m)^--\\s*", "").replace("change me", password));
  }
}
