package io.piplan.embedded;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A server on this machine that speaks S3 and asks for a key, with one bucket, in a process of its
 * own that ends with this JVM, however that ends. It holds what it is given in memory.
 */
public final class EmbeddedS3 implements AutoCloseable {
  private static final String BUCKET = "warehouse";
  private static final String KEY = "pi";
  private static final String SECRET = "secret-of-pi";
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final int port;
  private final GuardedProcess process;

  private EmbeddedS3(int port, GuardedProcess process) {
    this.port = port;
    this.process = process;
  }

  /** Starts an empty one on a free port; the first start on a machine downloads it. */
  public static EmbeddedS3 start() {
    try {
      String classPath = classPath("s3");
      Path home = Files.createTempDirectory("pi-s3-");
      int port = LocalDatabase.freePort();
      Files.writeString(
          home.resolve("server.conf"),
          """
          s3proxy.endpoint=http://127.0.0.1:%d
          s3proxy.authorization=aws-v2-or-v4
          s3proxy.identity=%s
          s3proxy.credential=%s
          jclouds.provider=transient
          jclouds.identity=none
          jclouds.credential=none
          """
              .formatted(port, KEY, SECRET));
      Files.writeString(
          home.resolve("logback.xml"),
          "<configuration><appender name=\"OUT\" class=\"ch.qos.logback.core.ConsoleAppender\">"
              + "<encoder><pattern>%d %p %c %m%n</pattern></encoder></appender>"
              + "<root level=\"WARN\"><appender-ref ref=\"OUT\"/></root></configuration>");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Xmx384m",
              "-Djava.io.tmpdir=" + home,
              "-cp",
              home + File.pathSeparator + classPath,
              "org.gaul.s3proxy.Main",
              "--properties",
              home.resolve("server.conf").toString());
      EmbeddedS3 s3 = new EmbeddedS3(port, new GuardedProcess(home, command));
      s3.process.start();
      s3.awaitListening();
      s3.makeBucket();
      return s3;
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot prepare S3: " + e.getMessage(), e);
    }
  }

  private static String classPath(String name) throws IOException {
    byte[] pom = HiveFiles.resource("/" + name + "/pom.xml");
    Path files =
        CacheFolder.ofThisUser()
            .folder(
                HiveFiles.name(name, pom),
                folder -> {
                  Path file = folder.resolve("pom.xml");
                  Files.write(file, pom);
                  HiveFiles.resolve(folder, file);
                });
    return Files.readString(files.resolve(HiveFiles.CLASS_PATH)).strip();
  }

  private void awaitListening() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (process.awaitExit(Duration.ofMillis(50)) || System.nanoTime() > end) {
          throw failed("listen", process.logTail());
        }
      }
    }
  }

  /** By the older of S3's two ways to sign a request. */
  private void makeBucket() {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME
            .withLocale(Locale.ROOT)
            .format(Instant.now().atOffset(ZoneOffset.UTC));
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
      byte[] signature =
          mac.doFinal(
              ("PUT\n\n\n\nx-amz-date:" + date + "\n/" + BUCKET).getBytes(StandardCharsets.UTF_8));
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + BUCKET))
              .timeout(PATIENCE)
              .header("x-amz-date", date)
              .header(
                  "Authorization",
                  "AWS " + KEY + ":" + Base64.getEncoder().encodeToString(signature))
              .PUT(HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<String> answer =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw failed("make a bucket", answer.body());
      }
    } catch (IOException | GeneralSecurityException e) {
      throw failed("make a bucket", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("make a bucket", e.toString());
    }
  }

  private EmbeddedServerException failed(String what, String why) {
    process.close();
    return new EmbeddedServerException("S3 does not " + what + ":\n" + why);
  }

  /** Where it listens, on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** The root of its bucket, {@code s3a://warehouse}. */
  public String uri() {
    return "s3a://" + BUCKET;
  }

  /**
   * What Hadoop's clients are told to read and write it.
   *
   * @param throughPort where they connect: {@link #port}, or what leads there
   */
  public Map<String, String> clientSettings(int throughPort) {
    return Map.of(
        "fs.s3a.endpoint",
        "http://127.0.0.1:" + throughPort,
        "fs.s3a.path.style.access",
        "true",
        "fs.s3a.connection.ssl.enabled",
        "false",
        "fs.s3a.access.key",
        KEY,
        "fs.s3a.secret.key",
        SECRET);
  }

  /** What Hive's servers need on their class path to read {@code s3a://}. */
  public static List<Path> clientJars() {
    try {
      return Arrays.stream(classPath("s3a").split(File.pathSeparator, -1)).map(Path::of).toList();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot prepare clients of S3: " + e.getMessage(), e);
    }
  }

  /** Ends it; what it held is gone. */
  @Override
  public void close() {
    process.close();
  }
}
