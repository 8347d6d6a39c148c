package io.piplan.proxy.auth;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;

/**
 * {@code caching_sha2_password}. Fast: SHA256(p) xor SHA256(SHA256(SHA256(p)) + nonce). Full: the
 * password itself with a zero byte, over TLS, or xor-ed with the nonce and encrypted by the
 * server's RSA key.
 */
public final class CachingSha2Password {
  private static final String PADDING = "RSA/ECB/OAEPWithSHA-1AndMGF1Padding";

  private CachingSha2Password() {}

  /** What a client answers first; nothing for an empty password. */
  public static byte[] fastAnswer(byte[] password, byte[] nonce) {
    if (password.length == 0) {
      return new byte[0];
    }
    byte[] once = Digests.of("SHA-256", password);
    byte[] twice = Digests.of("SHA-256", once);
    return Digests.xor(once, Digests.of("SHA-256", twice, nonce));
  }

  /** Takes as long whatever is wrong with the answer. */
  public static boolean acceptsFast(byte[] password, byte[] nonce, byte[] answer) {
    return MessageDigest.isEqual(fastAnswer(password, nonce), answer);
  }

  /** For a connection that is encrypted already. */
  public static byte[] fullAnswer(byte[] password) {
    return Arrays.copyOf(password, password.length + 1);
  }

  /** For a connection that is not encrypted. */
  public static byte[] fullAnswer(byte[] password, byte[] nonce, PublicKey key)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(PADDING);
    cipher.init(Cipher.ENCRYPT_MODE, key);
    return cipher.doFinal(Digests.xor(fullAnswer(password), nonce));
  }

  public static boolean acceptsFull(byte[] password, byte[] answer) {
    return MessageDigest.isEqual(fullAnswer(password), answer);
  }

  /** The server's key as it sends it, in PEM. */
  public static PublicKey publicKey(String pem) throws GeneralSecurityException {
    String body = pem.replaceAll("-----(BEGIN|END) PUBLIC KEY-----", "").replaceAll("\\s", "");
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(body);
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the server's public key is not in PEM", e);
    }
    return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(bytes));
  }
}
