package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncRepair.Rows;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sync to Hive does not have is said before any server is asked: here there is none. */
class HiveTargetsTest {
  private static final String DEFINITION =
      """
CREATE CATALOG a WITH ('type' = 'pi-mysql', 'hostname' = 'nowhere.invalid', 'username' = 'u', 'password' = '${file:%s}');
CREATE CATALOG h WITH ('type' = 'pi-hive', 'metastore-uri' = 'thrift://nowhere.invalid:9083',
  'hiveserver2-url' = 'jdbc:hive2://nowhere.invalid:10000/');
SYNC DATABASE a.shop TO h.ods WITH ('name' = 'shop_to_hive');
""";

  @TempDir Path state;
  private FlinkSyncRepair repair;

  @BeforeEach
  void know() throws IOException {
    Path password = Files.writeString(state.resolve("password"), "p");
    new SyncStore(state)
        .save(
            new SyncRecord(
                "shop_to_hive",
                "sync.sql",
                DEFINITION.formatted(password),
                "",
                "http://127.0.0.1:1",
                "",
                "",
                "",
                ""));
    repair = new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
  }

  private static void refused(ThrowingCallable call, String... says) {
    assertThatThrownBy(call)
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("shop_to_hive goes to a Hive")
        .hasMessageContainingAll(says);
  }

  @Test
  void repairsAndResyncsSayWhatToDoInstead() {
    String[] says = {"bin/pi sync retry shop_to_hive", "--fresh", "bin/pi why"};
    Rows rows = new Rows("t", List.of(), Optional.empty());
    refused(() -> repair.repair("shop_to_hive", rows, DiffProgress.NONE, waiting -> {}), says);
    refused(() -> repair.resync("shop_to_hive", "t", Optional.empty()), says);
    refused(() -> repair.resyncs("shop_to_hive"), says);
    refused(() -> repair.resync("shop_to_hive", 1), says);
    refused(() -> repair.cancelResync("shop_to_hive", 1), says);
    refused(() -> repair.awaitResync("shop_to_hive", 1, waiting -> {}), says);
  }

  @Test
  void conflictsAndLocksSayWhatToDoInstead() {
    try (FlinkSyncControl control =
        new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC())) {
      refused(() -> control.locks("shop_to_hive"), "no conflicts", "bin/pi sync retry");
    }
  }
}
