package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedPg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Writes the definitions of the syncs that are measured. */
final class SyncDefinition {
  private final Path work;
  private final int parallelism;

  SyncDefinition(Path work, int parallelism) {
    this.work = work;
    this.parallelism = parallelism;
  }

  /**
   * One database to another.
   *
   * @param into database on a MariaDB target, or database of PostgreSQL, whose schema public is
   *     written
   */
  String of(
      String name,
      EmbeddedDatabase source,
      String from,
      EmbeddedDatabase target,
      String into,
      Map<String, String> options) {
    boolean postgres = target instanceof EmbeddedPg;
    StringBuilder text = new StringBuilder();
    text.append(catalog("here", source, "pi-mysql", ", 'jdbc.properties.sslMode' = 'DISABLED'"));
    text.append(
        catalog(
            "there",
            target,
            postgres ? "pi-postgres" : "pi-mysql",
            postgres
                ? ", 'default-database' = '" + into + "'"
                : ", 'jdbc.properties.sslMode' = 'DISABLED'"));
    text.append("SYNC DATABASE here.").append(from).append(" TO there.");
    text.append(postgres ? "public" : into);
    text.append(" WITH ('name' = '").append(name).append("', 'parallelism' = '");
    text.append(parallelism).append('\'');
    options.forEach((key, value) -> text.append(", '" + key + "' = '" + value + "'"));
    return text.append(");\n").toString();
  }

  private String catalog(String name, EmbeddedDatabase server, String type, String more) {
    return "CREATE CATALOG "
        + name
        + " WITH ('type' = '"
        + type
        + "', 'hostname' = '"
        + server.host()
        + "', 'port' = '"
        + server.port()
        + "', 'username' = '"
        + server.user()
        + "', 'password' = '${file:"
        + passwordFile(server)
        + "}'"
        + more
        + ");\n";
  }

  /** Where the server's password is kept for processes that we start. */
  Path passwordFile(EmbeddedDatabase server) {
    Path file = work.resolve("password-" + server.port());
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, server.password());
      }
      return file;
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
  }
}
