package io.piplan.proxy.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CollationsTest {
  private static final Charset LATIN1 = Collations.charset(8);

  @Test
  void eachByteOfLatin1IsOneCharacter() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    String text = new String(all, LATIN1);
    assertThat(text.chars().distinct().count()).isEqualTo(256);
    assertThat(text).contains("\u20ac").doesNotContain("\u0080", "\uFFFD");
    assertThat(text.charAt(0x81)).isEqualTo('\u0081');
    assertThat(text.charAt(0x9F)).isEqualTo('\u0178');
    assertThat(text.getBytes(LATIN1)).isEqualTo(all);
  }

  @Test
  void whatLatin1LacksIsOneQuestionMark() {
    assertThat("a\u0080\u8ba2\uD83D\uDE00\uDE00\uD83Dz".getBytes(LATIN1))
        .isEqualTo("a?????z".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void whatIsBinaryIsAsNodesKeepIt() {
    assertThat(Collations.charset(Collations.BINARY)).isEqualTo(StandardCharsets.UTF_8);
  }
}
