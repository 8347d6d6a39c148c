package io.piplan.lcs.server;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** A certificate for 127.0.0.1 that vouches for itself, made by the JDK's keytool. */
record SelfSigned(Path certificate, Path key) {
  private static final String PASSWORD = "changeit";

  static SelfSigned in(Path folder) throws Exception {
    Path store = folder.resolve("server.p12");
    Path certificate = folder.resolve("server.pem");
    Path key = folder.resolve("server.key");
    keytool("-genkeypair -keyalg RSA -dname CN=lcs -ext san=ip:127.0.0.1 -validity 30", store);
    keytool("-exportcert -rfc -file " + certificate, store);
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(keys.getKey("lcs", PASSWORD.toCharArray()).getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    return new SelfSigned(certificate, key);
  }

  private static void keytool(String arguments, Path store) throws Exception {
    String command =
        Path.of(System.getProperty("java.home"), "bin", "keytool")
            + " "
            + arguments
            + " -alias lcs -keystore "
            + store
            + " -storetype PKCS12 -storepass "
            + PASSWORD;
    Process process = new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException("keytool: " + output);
    }
  }
}
