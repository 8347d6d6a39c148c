package io.piplan.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An unpacked MySQL.
 *
 * @param mysqld its server with the arguments that make it find its own files
 * @param name of the cached empty data folder
 */
record MySqlFiles(List<String> mysqld, String name) {

  /** The newest one which {@code bin/fetch-mysql} has put into the cache. */
  static Path newestFetched() {
    return CacheFolder.ofThisUser()
        .newest("mysql-([0-9.]+)")
        .orElseThrow(
            () ->
                new EmbeddedServerException(
                    "no real MySQL is in the cache: run bin/fetch-mysql first"));
  }

  static MySqlFiles in(Path distribution) {
    Path folder = distribution.toAbsolutePath().normalize();
    List<String> command;
    if (Files.isExecutable(folder.resolve("usr/sbin/mysqld"))) {
      command = ofPackages(folder);
    } else if (Files.isExecutable(folder.resolve("bin/mysqld"))) {
      command = new ArrayList<>(List.of(folder.resolve("bin/mysqld").toString(), "--no-defaults"));
      command.add("--basedir=" + folder);
    } else {
      throw new EmbeddedServerException(
          "no MySQL in "
              + folder
              + ": expected usr/sbin/mysqld (as bin/fetch-mysql makes it) or bin/mysqld in it");
    }
    if (Commands.isRoot()) {
      command.add("--user=root");
    }
    return new MySqlFiles(List.copyOf(command), folder.getFileName() + "-data");
  }

  /** Unpacked packages bring their own C library, newer than this machine's perhaps. */
  private static List<String> ofPackages(Path folder) {
    Path loader = folder.resolve("usr/lib64/ld-linux-x86-64.so.2");
    if (!Files.exists(loader)) {
      loader = folder.resolve("lib64/ld-linux-x86-64.so.2");
    }
    List<String> command = new ArrayList<>();
    command.add(loader.toString());
    command.add("--library-path");
    command.add(folder.resolve("usr/lib/x86_64-linux-gnu").toString());
    command.add(folder.resolve("usr/sbin/mysqld").toString());
    command.add("--no-defaults");
    command.add("--basedir=" + folder.resolve("usr"));
    command.add("--lc-messages-dir=" + folder.resolve("usr/share/mysql"));
    command.add("--character-sets-dir=" + folder.resolve("usr/share/mysql/charsets"));
    command.add("--plugin-dir=" + folder.resolve("usr/lib/mysql/plugin"));
    return command;
  }

  /** A copy of an initialised empty data folder, which is made once per machine. */
  void newDataFolder(Path data) throws IOException {
    Path empty = CacheFolder.ofThisUser().folder(name, this::initialise);
    CacheFolder.copy(empty, data);
    // What identifies a server must not be the same in two copies.
    Files.deleteIfExists(data.resolve("auto.cnf"));
  }

  private void initialise(Path data) throws IOException {
    List<String> command = new ArrayList<>(mysqld);
    command.add("--initialize-insecure");
    command.add("--datadir=" + data);
    Commands.run(data, "", command);
  }
}
