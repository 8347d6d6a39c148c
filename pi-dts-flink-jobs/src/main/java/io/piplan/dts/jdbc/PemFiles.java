package io.piplan.dts.jdbc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys as OpenSSL and the databases write them. Messages name the file. */
final class PemFiles {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  /** Version 0 and the algorithm rsaEncryption, which PKCS #8 puts before a key of PKCS #1. */
  private static final byte[] RSA_HEAD = {
    0x02,
    0x01,
    0x00,
    0x30,
    0x0D,
    0x06,
    0x09,
    0x2A,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xF7,
    0x0D,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  private PemFiles() {}

  /** All certificates of a file. */
  static List<X509Certificate> certificates(Path file) throws IOException, CertificateException {
    byte[] content = read(file);
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content))) {
        certificates.add((X509Certificate) certificate);
      }
    } catch (CertificateException e) {
      throw new CertificateException(file + " holds no certificates: " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw new CertificateException(file + " holds no certificates");
    }
    return certificates;
  }

  /** The first private key of a file. */
  static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    Matcher block = BLOCK.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
    while (block.find()) {
      switch (block.group(1)) {
        case "PRIVATE KEY" -> {
          return pkcs8(file, decoded(file, block.group(2)));
        }
        case "RSA PRIVATE KEY" -> {
          if (block.group(2).contains("ENCRYPTED")) {
            throw encrypted(file);
          }
          return pkcs8(file, pkcs8Of(decoded(file, block.group(2))));
        }
        case "ENCRYPTED PRIVATE KEY" -> throw encrypted(file);
        case "EC PRIVATE KEY" ->
            throw new InvalidKeySpecException(
                file
                    + " holds a key in the older form of elliptic curves; convert it: openssl"
                    + " pkcs8 -topk8 -nocrypt -in OLD -out NEW");
        default -> {
          // Perhaps the certificate, which may stand in the same file.
        }
      }
    }
    throw new InvalidKeySpecException(file + " holds no private key in PEM form");
  }

  private static InvalidKeySpecException encrypted(Path file) {
    return new InvalidKeySpecException(
        file
            + " holds an encrypted key, which nobody could type the password of; decrypt it:"
            + " openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW, readable by the sync's user only");
  }

  private static byte[] decoded(Path file, String base64) throws InvalidKeySpecException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static PrivateKey pkcs8(Path file, byte[] encoded) throws GeneralSecurityException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        // Of another kind.
        continue;
      }
    }
    throw new InvalidKeySpecException(file + " holds a key of another kind than " + ALGORITHMS);
  }

  private static byte[] pkcs8Of(byte[] pkcs1) {
    byte[] octets = der(0x04, pkcs1);
    byte[] inner = new byte[RSA_HEAD.length + octets.length];
    System.arraycopy(RSA_HEAD, 0, inner, 0, RSA_HEAD.length);
    System.arraycopy(octets, 0, inner, RSA_HEAD.length, octets.length);
    return der(0x30, inner);
  }

  /** Tag, length, content. */
  private static byte[] der(int tag, byte[] content) {
    int lengthBytes = content.length < 0x80 ? 0 : content.length < 0x100 ? 1 : 2;
    if (content.length > 0xFFFF) {
      lengthBytes = 3;
    }
    byte[] encoded = new byte[2 + lengthBytes + content.length];
    encoded[0] = (byte) tag;
    encoded[1] = (byte) (lengthBytes == 0 ? content.length : 0x80 | lengthBytes);
    for (int i = 0; i < lengthBytes; i++) {
      encoded[2 + i] = (byte) (content.length >>> (8 * (lengthBytes - 1 - i)));
    }
    System.arraycopy(content, 0, encoded, 2 + lengthBytes, content.length);
    return encoded;
  }

  private static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IOException("file " + file + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }
}
