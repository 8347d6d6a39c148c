package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits that a Hive has no use for are refused before anybody is asked. */
class HiveLimitsTest {
  @TempDir Path state;

  @BeforeEach
  void aSyncWasStarted() {
    String definition =
        "CREATE CATALOG a WITH ('type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '1',"
            + " 'username' = 'u', 'password' = '');\n"
            + "CREATE CATALOG h WITH ('type' = 'pi-hive',"
            + " 'metastore-uri' = 'thrift://127.0.0.1:1',"
            + " 'hiveserver2-url' = 'jdbc:hive2://127.0.0.1:1/');\n"
            + "SYNC DATABASE a.shop TO h.ods WITH ('name' = 'to_hive');";
    new SyncStore(state)
        .save(new SyncRecord("to_hive", "t.sql", definition, "", "", "", "", "", ""));
  }

  @Test
  void thoseOfATargetsLoadAreRefused() {
    FlinkSyncControl control =
        new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
    for (Map.Entry<CopyLimit, String> limit :
        Map.of(
                CopyLimit.TARGET_THREADS, "4",
                CopyLimit.REPLICAS, "db-b2:3306",
                CopyLimit.REPLICA_LAG, "10 s")
            .entrySet()) {
      assertThatThrownBy(() -> control.limit("to_hive", Map.of(limit.getKey(), limit.getValue())))
          .isInstanceOf(DtsException.class)
          .hasMessageContaining(limit.getKey().option())
          .hasMessageContaining("the target of to_hive is a Hive");
    }
  }
}
