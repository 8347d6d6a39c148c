package io.piplan.dts.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Certificates for tests, made by the JDK's keytool: authorities, and what they sign. */
final class Certificates {
  /** Of every store. */
  static final String PASSWORD = "changeit";

  private final Path folder;

  Certificates(Path folder) {
    this.folder = folder;
  }

  /** A new authority; its certificate is {@link #pem}. */
  void authority(String name) throws Exception {
    generate(name, "-ext", "bc:critical=ca:true");
    keytool("-exportcert", "-rfc", "-alias", name, "-file", pem(name).toString(), store(name));
  }

  /** A key of its own for a server or client; it gets certificates by {@link #sign}. */
  void keyOf(String name) throws Exception {
    generate(name);
    keytool("-certreq", "-alias", name, "-file", request(name).toString(), store(name));
    KeyStore keys =
        KeyStore.getInstance(folder.resolve(name + ".p12").toFile(), PASSWORD.toCharArray());
    write(key(name), keys.getKey(name, PASSWORD.toCharArray()));
  }

  private static void write(Path file, Key key) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(key.getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /**
   * Has an authority sign the key of somebody.
   *
   * @param more e.g. {@code -ext san=dns:localhost}, {@code -startdate -10d}, {@code -validity 5}
   */
  Path sign(String authority, String name, String certificate, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-gencert",
                "-rfc",
                "-alias",
                authority,
                "-infile",
                request(name).toString(),
                "-outfile",
                pem(certificate).toString()));
    arguments.addAll(List.of(more));
    arguments.add(store(authority));
    keytool(arguments.toArray(String[]::new));
    return pem(certificate);
  }

  /** The store of somebody's key, with this certificate of it and its authority's. */
  Path keyStore(String name, String authority, String certificate) throws Exception {
    certify(authority, store(name));
    keytool("-importcert", "-alias", name, "-file", pem(certificate).toString(), store(name));
    return folder.resolve(name + ".p12");
  }

  /** A store that trusts an authority and nobody else. */
  Path trustStore(String authority) throws Exception {
    certify(authority, store(authority + "-trust"));
    return folder.resolve(authority + "-trust.p12");
  }

  private void certify(String authority, String store) throws Exception {
    keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "authority",
        "-file",
        pem(authority).toString(),
        store);
  }

  Path pem(String name) {
    return folder.resolve(name + ".pem");
  }

  Path key(String name) {
    return folder.resolve(name + ".key");
  }

  private Path request(String name) {
    return folder.resolve(name + ".csr");
  }

  private String store(String name) {
    return "-keystore\n" + folder.resolve(name + ".p12");
  }

  private void generate(String name, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "RSA",
                "-dname",
                "CN=" + name,
                "-validity",
                "3650"));
    arguments.addAll(List.of(more));
    arguments.add(store(name));
    keytool(arguments.toArray(String[]::new));
  }

  private static void keytool(String... arguments)
      throws IOException, InterruptedException, GeneralSecurityException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    for (String argument : arguments) {
      command.addAll(List.of(argument.split("\n", -1)));
    }
    command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new GeneralSecurityException("keytool: " + output);
    }
  }
}
