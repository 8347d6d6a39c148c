package io.piplan.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * How long the disk takes to confirm a small entry, as the log of one caller has them: in a file
 * that is laid out before, with a rest after each.
 */
final class DiskFlushes {
  private static final int TIMES = 400;
  private static final int LAID_OUT = 1 << 20;
  private static final int ENTRY = 120;

  private final Path folder;

  DiskFlushes(Path folder) {
    this.folder = folder;
  }

  /** Milliseconds, of so many files that are written at the same time. */
  double[] of(int files) {
    ExecutorService threads = Executors.newFixedThreadPool(files);
    try {
      List<CompletableFuture<double[]>> all =
          IntStream.range(0, files)
              .mapToObj(file -> folder.resolve("flushes-" + files + "-" + file))
              .map(file -> CompletableFuture.supplyAsync(() -> of(file), threads))
              .toList();
      return all.stream().flatMapToDouble(one -> Arrays.stream(one.join())).toArray();
    } finally {
      threads.shutdown();
    }
  }

  private static double[] of(Path file) {
    double[] millis = new double[TIMES];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(LAID_OUT));
      channel.force(true);
      channel.position(0);
      for (int i = 0; i < TIMES; i++) {
        Pause.millis(2);
        long begin = System.nanoTime();
        channel.write(ByteBuffer.allocate(ENTRY));
        channel.force(false);
        millis[i] = (System.nanoTime() - begin) / 1e6;
      }
    } catch (IOException e) {
      throw new BenchException("cannot write " + file, e);
    }
    return millis;
  }
}
