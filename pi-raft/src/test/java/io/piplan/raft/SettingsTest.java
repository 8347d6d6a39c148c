package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Ratis is told, where its default or its opposite would lose something. */
class SettingsTest {
  private static final RaftMember SELF = RaftMember.of("1", "127.0.0.1", 1);

  private static RaftOptions options(RaftOptions.Transport transport) {
    return RaftOptions.of("test", SELF, List.of(SELF), Path.of("none")).withTransport(transport);
  }

  /**
   * Over Netty Ratis sends a message again when its answer is late. Without this a follower would
   * answer to the second one though its disk has not taken the first yet.
   */
  @Test
  void whatMayBeSentTwiceIsFlushedBeforeItIsAnswered() {
    assertThat(isComposed(RaftOptions.Transport.NETTY)).isTrue();
    assertThat(isComposed(RaftOptions.Transport.GRPC)).as("each has a flush of its own").isFalse();
  }

  private static boolean isComposed(RaftOptions.Transport transport) {
    return RaftServerConfigKeys.Log.appendEntriesComposeEnabled(
        new Settings(options(transport)).properties());
  }

  @ParameterizedTest
  @EnumSource(RaftOptions.Transport.class)
  void aDamagedLogStopsAMember(RaftOptions.Transport transport) {
    assertThat(
            RaftServerConfigKeys.Log.corruptionPolicy(
                new Settings(options(transport)).properties()))
        .isEqualTo(RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
  }
}
