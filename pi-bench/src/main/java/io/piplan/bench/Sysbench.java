package io.piplan.bench;

import io.piplan.bench.RateTable.Rate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program {@code sysbench}, whose load many people know. */
final class Sysbench {
  private static final Pattern TRANSACTIONS =
      Pattern.compile("transactions:\\s+\\d+\\s+\\(([0-9.]+) per sec");
  private static final Pattern PERCENTILE = Pattern.compile("99th percentile:\\s+([0-9.]+)");

  /** Transactions that may wait for each other, of which sysbench repeats one. */
  private static final Set<Script> DEADLOCKS =
      EnumSet.of(Script.READ_WRITE, Script.READ_WRITE_BY_HAND);

  private static final Pattern ERRORS =
      Pattern.compile("ignored errors:\\s+(\\d+)\\s", Pattern.DOTALL);

  /** What it does; one table of all of them. */
  enum Script {
    POINT_SELECT,
    READ_WRITE,
    UPDATE_INDEX,
    /** The statements of READ_WRITE for each of two servers. */
    READ_WRITE_BY_HAND
  }

  /** Where it connects to. */
  record Endpoint(int port, String user, String password, String schema, OptionalInt second) {
    Endpoint(int port, String user, String password, String schema) {
      this(port, user, password, schema, OptionalInt.empty());
    }

    /** With another server beside it, to which clients connect in turn. */
    Endpoint and(int other) {
      return new Endpoint(port, user, password, schema, OptionalInt.of(other));
    }

    private String ports() {
      return second.isPresent() ? port + "," + second.getAsInt() : String.valueOf(port);
    }

    Connection connect() throws SQLException {
      return DriverManager.getConnection(
          "jdbc:mysql://127.0.0.1:"
              + port
              + "/"
              + schema
              + "?sslMode=DISABLED&allowPublicKeyRetrieval=true&useLocalSessionState=true",
          user,
          password);
    }

    /** Without the password. */
    @Override
    public String toString() {
      return user + "@127.0.0.1:" + port + "/" + schema;
    }
  }

  private final Path program;
  private final Path folder;
  private final long rows;
  private final int seconds;
  private final boolean prepared;

  /**
   * @param folder for its options, which hold a password
   * @param prepared whether it sends prepared statements, else texts
   */
  Sysbench(Path program, Path folder, long rows, int seconds, boolean prepared) {
    this.program = program;
    this.folder = folder;
    this.rows = rows;
    this.seconds = seconds;
    this.prepared = prepared;
  }

  String version() {
    return execute(new ProcessBuilder(program.toString(), "--version"), 10).strip();
  }

  /** One run. */
  Rate run(Script script, Endpoint to, int threads, int lasting) {
    Path options = options(to, threads, lasting);
    String out =
        execute(
            new ProcessBuilder(program.toString(), "--config-file=" + options, file(script), "run"),
            lasting + 60);
    Matcher errors = ERRORS.matcher(out);
    if (errors.find() && Long.parseLong(errors.group(1)) > 0 && !DEADLOCKS.contains(script)) {
      throw new BenchException("sysbench saw errors:\n" + out);
    }
    return new Rate(
        number(TRANSACTIONS, out), Double.NaN, Math.rint(1000 * number(PERCENTILE, out)));
  }

  Rate run(Script script, Endpoint to, int threads) {
    return run(script, to, threads, seconds);
  }

  /** What sysbench knows by its name, or one of ours. */
  private String file(Script script) {
    String name = script.name().toLowerCase(Locale.ROOT);
    if (script != Script.READ_WRITE_BY_HAND) {
      return "oltp_" + name;
    }
    Path file = folder.resolve(name + ".lua");
    try (InputStream own = Sysbench.class.getResourceAsStream(name + ".lua")) {
      Files.write(file, own.readAllBytes());
      return file.toString();
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
  }

  private static double number(Pattern pattern, String out) {
    Matcher found = pattern.matcher(out);
    if (!found.find()) {
      throw new BenchException("sysbench did not say what was expected:\n" + out);
    }
    return Double.parseDouble(found.group(1));
  }

  /** A file rather than arguments: those can be seen by everybody on the machine. */
  private Path options(Endpoint to, int threads, int lasting) {
    Path file = folder.resolve("sysbench.cnf");
    String text =
        String.join(
                "\n",
                "db-driver=mysql",
                "mysql-host=127.0.0.1",
                "mysql-port=" + to.ports(),
                "mysql-user=" + to.user(),
                "mysql-password=" + to.password(),
                "mysql-db=" + to.schema(),
                "mysql-ssl=off",
                "db-ps-mode=" + (prepared ? "auto" : "disable"),
                "tables=1",
                "table-size=" + rows,
                "rand-type=uniform",
                "percentile=99",
                "report-interval=0",
                "threads=" + threads,
                "time=" + lasting)
            + "\n";
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
    return file;
  }

  private static String execute(ProcessBuilder command, int atMostSeconds) {
    try {
      Path out = Files.createTempFile("pi-sysbench-", ".out");
      try {
        Process process = command.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!process.waitFor(Duration.ofSeconds(atMostSeconds).toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new BenchException("sysbench did not end: " + Files.readString(out));
        }
        String said = Files.readString(out, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
          throw new BenchException("sysbench failed:\n" + said);
        }
        return said;
      } finally {
        Files.deleteIfExists(out);
      }
    } catch (IOException e) {
      throw new BenchException("cannot run sysbench", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
