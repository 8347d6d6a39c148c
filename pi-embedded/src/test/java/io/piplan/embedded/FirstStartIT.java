package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on which nothing was started yet, as the demo finds it: all servers begin at once. */
@Tag("chaos")
class FirstStartIT {
  @TempDir Path cache;

  @Test
  void serversThatBeginAtOnceFillTheCacheOnce() throws Exception {
    String before = System.getProperty("pi.cache");
    System.setProperty("pi.cache", cache.toString());
    List<CompletableFuture<EmbeddedDatabase>> starts = new ArrayList<>();
    try {
      for (int id = 1; id <= 3; id++) {
        MySqlOptions options = MySqlOptions.defaults().withServerId(id);
        starts.add(CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options)));
      }
      starts.add(CompletableFuture.supplyAsync(EmbeddedPg::start));
      for (CompletableFuture<EmbeddedDatabase> start : starts) {
        assertThat(start.get().isRunning()).isTrue();
      }
      try (Stream<Path> filled = Files.list(cache)) {
        assertThat(filled.map(path -> path.getFileName().toString()))
            .hasSize(4)
            .noneMatch(name -> name.contains("unfinished"));
      }
    } finally {
      for (CompletableFuture<EmbeddedDatabase> start : starts) {
        start.handle((server, failure) -> server).thenAccept(s -> close(s)).join();
      }
      if (before == null) {
        System.clearProperty("pi.cache");
      } else {
        System.setProperty("pi.cache", before);
      }
    }
  }

  private static void close(EmbeddedDatabase server) {
    if (server != null) {
      server.close();
    }
  }
}
