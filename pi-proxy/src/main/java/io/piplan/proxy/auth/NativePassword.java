package io.piplan.proxy.auth;

import java.security.MessageDigest;

/** {@code mysql_native_password}: SHA1(p) xor SHA1(nonce + SHA1(SHA1(p))). */
public final class NativePassword {
  private NativePassword() {}

  /** What a client answers; nothing for an empty password. */
  public static byte[] answer(byte[] password, byte[] nonce) {
    if (password.length == 0) {
      return new byte[0];
    }
    byte[] once = Digests.of("SHA-1", password);
    return Digests.xor(once, Digests.of("SHA-1", nonce, Digests.of("SHA-1", once)));
  }

  /** Takes as long whatever is wrong with the answer. */
  public static boolean accepts(byte[] password, byte[] nonce, byte[] answer) {
    return MessageDigest.isEqual(answer(password, nonce), answer);
  }
}
