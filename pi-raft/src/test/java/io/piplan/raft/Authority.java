package io.piplan.raft;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * Someone who signs certificates, made by the JDK's keytool.
 *
 * @param folder for its files and those of the members
 */
record Authority(Path folder, String name) {
  private static final String PASSWORD = "changeit";

  static Authority in(Path folder, String name) throws Exception {
    Authority authority = new Authority(folder, name);
    authority.keytool(
        "-genkeypair -keyalg EC -alias ca -ext bc:c -validity 30 -dname CN=" + name,
        authority.store());
    authority.keytool(
        "-exportcert -rfc -alias ca -file " + authority.certificate(), authority.store());
    return authority;
  }

  private Path store() {
    return folder.resolve(name + ".p12");
  }

  Path certificate() {
    return folder.resolve(name + ".pem");
  }

  /** Files of a member at 127.0.0.1, signed here; it trusts whoever else is. */
  RaftTls member(String member) throws Exception {
    Path own = folder.resolve(member + ".p12");
    Path request = folder.resolve(member + ".csr");
    Path signed = folder.resolve(member + ".pem");
    Path key = folder.resolve(member + ".key");
    keytool("-genkeypair -keyalg EC -alias member -validity 30 -dname CN=" + member, own);
    keytool("-certreq -alias member -file " + request, own);
    keytool(
        "-gencert -rfc -alias ca -ext san=ip:127.0.0.1 -validity 30 -infile "
            + request
            + " -outfile "
            + signed,
        store());
    KeyStore keys = KeyStore.getInstance(own.toFile(), PASSWORD.toCharArray());
    String encoded =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(keys.getKey("member", PASSWORD.toCharArray()).getEncoded());
    Files.writeString(
        key, "-----BEGIN PRIVATE KEY-----\n" + encoded + "\n-----END PRIVATE KEY-----\n");
    return new RaftTls(signed, key, certificate());
  }

  private void keytool(String arguments, Path store) throws Exception {
    String command =
        Path.of(System.getProperty("java.home"), "bin", "keytool")
            + " "
            + arguments
            + " -keystore "
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
