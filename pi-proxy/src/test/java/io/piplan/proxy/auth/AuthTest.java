package io.piplan.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AuthTest {
  /** What a server does that has only the stored double digest. */
  @Property
  void serversThatStoreDigestsAcceptTheNativeAnswer(
      @ForAll @Size(min = 1, max = 60) byte[] password, @ForAll @Size(20) byte[] nonce)
      throws GeneralSecurityException {
    MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
    byte[] stored = sha1.digest(sha1.digest(password));
    sha1.update(nonce);
    byte[] mask = sha1.digest(stored);
    byte[] answer = NativePassword.answer(password, nonce);
    byte[] once = new byte[20];
    for (int i = 0; i < 20; i++) {
      once[i] = (byte) (answer[i] ^ mask[i]);
    }
    assertThat(sha1.digest(once)).isEqualTo(stored);
    assertThat(NativePassword.accepts(password, nonce, answer)).isTrue();
  }

  @Property
  void serversThatStoreDigestsAcceptTheSha2Answer(
      @ForAll @Size(min = 1, max = 60) byte[] password, @ForAll @Size(20) byte[] nonce)
      throws GeneralSecurityException {
    MessageDigest sha2 = MessageDigest.getInstance("SHA-256");
    byte[] stored = sha2.digest(sha2.digest(password));
    sha2.update(stored);
    byte[] mask = sha2.digest(nonce);
    byte[] answer = CachingSha2Password.fastAnswer(password, nonce);
    byte[] once = new byte[32];
    for (int i = 0; i < 32; i++) {
      once[i] = (byte) (answer[i] ^ mask[i]);
    }
    assertThat(sha2.digest(once)).isEqualTo(stored);
    assertThat(CachingSha2Password.acceptsFast(password, nonce, answer)).isTrue();
  }

  @Property
  void anotherAnswerIsRefused(
      @ForAll @Size(min = 1, max = 30) byte[] password,
      @ForAll @Size(20) byte[] nonce,
      @ForAll byte[] answer) {
    assertThat(NativePassword.accepts(password, nonce, answer)).isFalse();
    assertThat(CachingSha2Password.acceptsFast(password, nonce, answer)).isFalse();
  }

  @Test
  void anEmptyPasswordHasAnEmptyAnswer() {
    byte[] nonce = new byte[20];
    assertThat(NativePassword.accepts(new byte[0], nonce, new byte[0])).isTrue();
    assertThat(CachingSha2Password.acceptsFast(new byte[0], nonce, new byte[0])).isTrue();
    assertThat(NativePassword.accepts(new byte[] {1}, nonce, new byte[0])).isFalse();
    assertThat(CachingSha2Password.acceptsFast(new byte[] {1}, nonce, new byte[0])).isFalse();
  }

  @Test
  void theFullAnswerIsForTheKeysOwnerOnly() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    byte[] password = "geheim".getBytes(StandardCharsets.UTF_8);
    byte[] nonce = "abcdefghijklmnopqrst".getBytes(StandardCharsets.US_ASCII);
    byte[] sealed =
        CachingSha2Password.fullAnswer(password, nonce, CachingSha2Password.publicKey(pem));
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-1AndMGF1Padding");
    cipher.init(Cipher.DECRYPT_MODE, pair.getPrivate());
    byte[] opened = cipher.doFinal(sealed);
    for (int i = 0; i < opened.length; i++) {
      opened[i] ^= nonce[i % 20];
    }
    assertThat(opened).isEqualTo(Arrays.copyOf(password, password.length + 1));
    assertThat(CachingSha2Password.acceptsFull(password, opened)).isTrue();
  }

  @Test
  void aKeyThatIsNoneIsRefused() {
    assertThatThrownBy(() -> CachingSha2Password.publicKey("?!"))
        .isInstanceOf(GeneralSecurityException.class);
  }
}
