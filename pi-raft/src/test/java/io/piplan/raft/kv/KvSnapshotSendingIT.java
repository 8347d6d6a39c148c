package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot of 36 MB on its way to a member that was away, over a slow network, is cut off. */
@Tag("chaos")
class KvSnapshotSendingIT {
  private static final int KEYS = 40;
  private static final int LETTERS = 900_000;

  /** Of the snapshot there must be so much before it is cut, and it must not be whole. */
  private static final long BEGUN = 3L << 20;

  @TempDir Path folder;

  private enum Cut {
    SENDER_KILLED {
      @Override
      void happen(KvProcesses members, String away) {
        String leader = members.leader();
        members.kill(leader);
        members.start(leader);
      }
    },
    RECEIVER_KILLED {
      @Override
      void happen(KvProcesses members, String away) {
        members.kill(away);
        members.start(away);
      }
    },
    NETWORK_CUT {
      @Override
      void happen(KvProcesses members, String away) throws Exception {
        members.network().isolate(away);
        Thread.sleep(2_000);
      }
    };

    abstract void happen(KvProcesses members, String away) throws Exception;
  }

  private static String letters(int key) {
    return String.valueOf((char) ('a' + key % 26)).repeat(LETTERS);
  }

  @ParameterizedTest
  @EnumSource
  void aLargeSnapshotIsSentAgain(Cut cut) throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      KvTrial.under(
          members,
          300,
          all -> {
            String away = all.follower();
            all.kill(away);
            for (int key = 0; key < KEYS; key++) {
              write(all, key);
            }
            // What callers do meanwhile makes for the snapshot, and the log before it goes.
            await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> all.status(all.leader()).path("snapshot").asLong() > 200);
            all.network().delay(30);
            all.start(away);
            await()
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(60))
                .until(() -> arriving(all.directory(away)) > BEGUN);
            cut.happen(all, away);
            all.network().heal();
            all.awaitCaughtUp(away);
          });
      String back = members.ids().get(0);
      for (String id : members.ids()) {
        members.awaitCaughtUp(id);
        back = id;
        for (int key : new int[] {0, KEYS / 2, KEYS - 1}) {
          HttpResponse<String> answer =
              members.send("GET", members.url(back) + "/large-" + key + "?within=4000ms", "");
          assertThat(answer.body()).contains("\"" + letters(key) + "\"");
        }
      }
    }
  }

  private static void write(KvProcesses members, int key) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () ->
                members
                        .send(
                            "PUT",
                            members.url(members.leader()) + "/large-" + key,
                            "{\"value\":\"" + letters(key) + "\"}")
                        .statusCode()
                    == 200);
  }

  /** Bytes of snapshots that aren't whole yet: they are put together in a folder of their own. */
  private static long arriving(Path member) {
    try (Stream<Path> files = Files.walk(member)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().contains("/tmp/"))
          .mapToLong(
              file -> {
                try {
                  return Files.size(file);
                } catch (IOException e) {
                  // Moved meanwhile.
                  return 0;
                }
              })
          .sum();
    } catch (IOException | UncheckedIOException e) {
      // The same.
      return 0;
    }
  }
}
