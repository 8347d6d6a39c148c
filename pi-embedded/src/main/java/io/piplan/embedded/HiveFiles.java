package io.piplan.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What the embedded Hive is started from, made once per machine: the class path of its servers as
 * Maven resolves it, and an empty metastore database. The jars stay in Maven's repository, so that
 * nobody else's class path has them.
 */
record HiveFiles(Path folder) {
  private static final String POM = "/hive/pom.xml";
  static final String CLASS_PATH = "class-path";
  private static final String DATABASE = "metastore_db";
  private static final int DOWNLOAD_SECONDS = 1200;

  /** Those of our classes that Hive's servers have before Hive's own. */
  private static final List<String> OUR_CLASSES =
      List.of(
          "io/piplan/embedded/HiveMain",
          "io/piplan/embedded/HivePasswords",
          "io/piplan/embedded/NioLocalFileSystem",
          "io/piplan/embedded/NioLocalFileSystem$Raw",
          "org/apache/hadoop/hive/ql/exec/SerializationUtilities$ArrayListSubListSerializer",
          "org/apache/hadoop/hive/metastore/TServerSocketKeepAlive");

  static final List<String> OPENED =
      List.of(
          "java.lang",
          "java.lang.reflect",
          "java.net",
          "java.io",
          "java.nio",
          "java.text",
          "java.time",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "java.util.regex");

  static HiveFiles ready() {
    byte[] pom = resource(POM);
    CacheFolder cache = CacheFolder.ofThisUser();
    HiveFiles files = new HiveFiles(cache.folder(name("hive", pom), folder -> fill(folder, pom)));
    if (files.jars().stream().allMatch(Files::exists)) {
      return files;
    }
    // Maven's repository was cleaned since.
    Commands.discard(files.folder());
    return new HiveFiles(cache.folder(name("hive", pom), folder -> fill(folder, pom)));
  }

  /** The name of a folder of its own for what is made of a file. */
  static String name(String what, byte[] pom) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(pom);
      return what + "-" + HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void fill(Path folder, byte[] pom) throws IOException {
    Path file = folder.resolve("pom.xml");
    Files.write(file, pom);
    resolve(folder, file);
    HiveFiles files = new HiveFiles(folder);
    Path scratch = folder.resolve("scratch");
    files.writeConfiguration(
        scratch, Map.of("javax.jdo.option.ConnectionURL", derby(folder.resolve(DATABASE))));
    Commands.run(scratch, "", files.command(scratch, List.of(), "schema"));
    CacheFolder.delete(scratch);
  }

  /** A class path with what Maven has already, else by downloading it. */
  static void resolve(Path folder, Path pom) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("mvn", "-B", "-q", "-f", pom.toString(), "dependency:build-classpath"));
    command.add("-Dmdep.outputFile=" + folder.resolve(CLASS_PATH));
    // Surefire tells which repository the build around us uses.
    String repository = System.getProperty("localRepository", "");
    if (!repository.isEmpty()) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    List<String> offline = new ArrayList<>(command);
    offline.add(1, "-o");
    try {
      Commands.run(folder, "", offline);
    } catch (IOException e) {
      Commands.run(folder, "", command, DOWNLOAD_SECONDS);
    }
  }

  private List<Path> jars() {
    try {
      String all = Files.readString(folder.resolve(CLASS_PATH)).strip();
      return List.of(all.split(File.pathSeparator, -1)).stream()
          .filter(path -> path.endsWith(".jar"))
          .map(Path::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy of the empty database at the end of this URL. */
  String newDatabase(Path home) throws IOException {
    CacheFolder.copy(folder.resolve(DATABASE), home.resolve(DATABASE));
    return derby(home.resolve(DATABASE));
  }

  private static String derby(Path database) {
    return "jdbc:derby:;databaseName=" + database + ";create=true";
  }

  void writeConfiguration(Path home, Map<String, String> more) throws IOException {
    writeConfiguration(home, more, List.of());
  }

  /** Writes what {@link #command} starts with into a server's folder. */
  void writeConfiguration(Path home, Map<String, String> more, List<Path> moreJars)
      throws IOException {
    for (String name : OUR_CLASSES) {
      Path file = home.resolve("classes").resolve(name + ".class");
      Files.createDirectories(file.getParent());
      Files.write(file, resource("/" + name + ".class"));
    }
    Path conf = Files.createDirectories(home.resolve("conf"));
    Files.writeString(conf.resolve("hive-site.xml"), new HiveSettings(home).with(more).toXml());
    Files.write(conf.resolve("hive-log4j2.properties"), resource("/hive/log4j2.properties"));
    Files.write(conf.resolve("log4j2.properties"), resource("/hive/log4j2.properties"));
    List<String> path = new ArrayList<>();
    path.add(home.resolve("classes").toString());
    path.add(conf.toString());
    jars().forEach(jar -> path.add(jar.toString()));
    // Behind Hive's own, which may have other versions of the same.
    moreJars.forEach(jar -> path.add(jar.toString()));
    Files.writeString(home.resolve(CLASS_PATH), String.join(File.pathSeparator, path));
  }

  /** The command that runs {@link HiveMain} in a folder with a configuration. */
  List<String> command(Path home, List<String> javaOptions, String... arguments) {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    OPENED.forEach(name -> all.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    // Short lives: what the optimizing compiler costs never comes back.
    all.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC"));
    all.add("-Djava.io.tmpdir=" + home);
    all.add("-Dderby.stream.error.file=" + home.resolve("derby.log"));
    all.addAll(javaOptions);
    all.addAll(List.of("-cp", home.resolve("classes").toString(), HiveMain.class.getName()));
    all.add(home.resolve(CLASS_PATH).toString());
    all.addAll(List.of(arguments));
    return all;
  }

  /** Ours: where Hive itself is on the class path, it has classes of the same names. */
  static byte[] resource(String name) {
    String home = HiveFiles.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    try {
      ClassLoader loader = HiveFiles.class.getClassLoader();
      for (URL found : Collections.list(loader.getResources(name.substring(1)))) {
        if (found.getPath().contains(home)) {
          try (InputStream in = found.openStream()) {
            return in.readAllBytes();
          }
        }
      }
      throw new IllegalStateException(name + " is not on the class path, in " + home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
