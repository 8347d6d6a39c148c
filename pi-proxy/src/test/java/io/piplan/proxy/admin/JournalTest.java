package io.piplan.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path folder;

  private static StatementRun run(String sql) {
    return new StatementRun(
        new StatementRun.Client(1, "u", "h:1", "s"),
        sql,
        false,
        null,
        Instant.EPOCH,
        1,
        1,
        0,
        0,
        "");
  }

  @Test
  void changesBehindReadsAreWrittenDown() throws Exception {
    Path file = folder.resolve("audit");
    JournalSettings settings =
        new JournalSettings(
            null, new JournalSettings.AuditLog(file, JournalSettings.Audited.CHANGES, true), 0);
    try (Journal journal = new Journal(settings, Journal.Routes.NONE)) {
      journal.ended(run("SELECT 1; SELECT 2"));
      journal.ended(run("SELECT 3; DELETE FROM t"));
      journal.ended(run("/*! DELETE FROM u */"));
    }
    assertThat(Files.readString(file))
        .doesNotContain("SELECT 1")
        .contains("SELECT 3; DELETE FROM t", "DELETE FROM u");
  }

  @Test
  void longStatementsThatWaitHaveABound() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Journal.Routes slow =
        (schema, sql) -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return List.of();
        };
    JournalSettings settings =
        new JournalSettings(
            new JournalSettings.SlowLog(folder.resolve("slow"), Duration.ZERO, false), null, 0);
    String longOne = "SELECT '" + "x".repeat(20_000_000) + "'";
    try (Journal journal = new Journal(settings, slow)) {
      journal.ended(run("SELECT 1"));
      begun.await();
      journal.ended(run(longOne));
      assertThat(journal.metrics()).contains("pi_proxy_journal_dropped_total 0");
      journal.ended(run(longOne));
      assertThat(journal.metrics()).contains("pi_proxy_journal_dropped_total 1");
      goOn.countDown();
    }
  }
}
