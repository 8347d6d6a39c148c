package io.piplan.raft.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * Disks that are slow or fail, wall clocks that jump, and monotonic clocks that stand still as
 * those of a suspended virtual machine, for processes that are started with {@link #environment}: a
 * small library, loaded before all others, stands between Java and the system's {@code fsync},
 * {@code fdatasync}, {@code clock_gettime} and {@code pthread_cond_timedwait}. It is built by the
 * machine's C compiler; where there is none the test is skipped, and says so.
 */
public final class FaultyMachine {
  private static final String LIBRARY =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <fcntl.h>
      #include <pthread.h>
      #include <stdint.h>
      #include <stdlib.h>
      #include <sys/mman.h>
      #include <sys/syscall.h>
      #include <sys/time.h>
      #include <time.h>
      #include <unistd.h>

      /* Milliseconds a flush takes longer, what it fails with, milliseconds the wall clock is
         ahead, milliseconds the monotonic clock is behind. */
      static volatile int64_t *faults;

      __attribute__((constructor)) static void begin(void) {
        const char *path = getenv("PI_FAULTS");
        int file = path ? open(path, O_RDONLY) : -1;
        if (file < 0) return;
        void *memory = mmap(0, 32, PROT_READ, MAP_SHARED, file, 0);
        close(file);
        if (memory != MAP_FAILED) faults = memory;
      }

      static int flush(long call, int file) {
        if (faults && faults[0] > 0) {
          struct timespec pause = {faults[0] / 1000, faults[0] % 1000 * 1000000};
          nanosleep(&pause, 0);
        }
        if (faults && faults[1]) {
          errno = (int) faults[1];
          return -1;
        }
        return (int) syscall(call, file);
      }

      int fsync(int file) { return flush(SYS_fsync, file); }

      int fdatasync(int file) { return flush(SYS_fdatasync, file); }

      static void add(struct timespec *time, int64_t millis) {
        int64_t nanos = time->tv_nsec + millis % 1000 * 1000000;
        time->tv_sec += millis / 1000;
        if (nanos < 0) { nanos += 1000000000; time->tv_sec--; }
        if (nanos >= 1000000000) { nanos -= 1000000000; time->tv_sec++; }
        time->tv_nsec = nanos;
      }

      int clock_gettime(clockid_t which, struct timespec *now) {
        int result = (int) syscall(SYS_clock_gettime, which, now);
        if (result == 0 && faults && which == CLOCK_REALTIME) add(now, faults[2]);
        if (result == 0 && faults && which == CLOCK_MONOTONIC) add(now, -faults[3]);
        return result;
      }

      /* The system's clock goes on, so what waits by ours must be told when that is. A monotonic
         time is one of less than thirty years. */
      int pthread_cond_timedwait(pthread_cond_t *restrict condition,
          pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
        static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
        if (!real) *(void **) &real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        struct timespec then = *until;
        if (faults && then.tv_sec < 946684800) add(&then, faults[3]);
        return real(condition, mutex, &then);
      }

      int gettimeofday(struct timeval *restrict now, void *restrict zone) {
        struct timespec exact;
        clock_gettime(CLOCK_REALTIME, &exact);
        now->tv_sec = exact.tv_sec;
        now->tv_usec = exact.tv_nsec / 1000;
        return 0;
      }

      time_t time(time_t *to) {
        struct timespec exact;
        clock_gettime(CLOCK_REALTIME, &exact);
        if (to) *to = exact.tv_sec;
        return exact.tv_sec;
      }
      """;

  private static final int SLOWER = 0;
  private static final int FAILS = 8;
  private static final int AHEAD = 16;
  private static final int BEHIND = 24;
  private static final int INPUT_OUTPUT_ERROR = 5;

  private final Path folder;

  private FaultyMachine(Path folder) {
    this.folder = folder;
  }

  /** Builds the library, or aborts the test with the reason why that can't be. */
  public static FaultyMachine build(Path folder) {
    FaultyMachine machine = new FaultyMachine(folder);
    try {
      Path source = folder.resolve("faults.c");
      Files.writeString(source, LIBRARY);
      Process compiler =
          new ProcessBuilder(
                  "cc",
                  "-O2",
                  "-shared",
                  "-fPIC",
                  "-o",
                  machine.library(),
                  source.toString(),
                  "-ldl")
              .redirectErrorStream(true)
              .start();
      String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (compiler.waitFor() != 0) {
        Assumptions.abort("slow disks and jumping clocks can't be tested: cc said " + said);
      }
    } catch (IOException e) {
      Assumptions.abort("slow disks and jumping clocks can't be tested: no C compiler, " + e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return machine;
  }

  private String library() {
    return folder.resolve("faults.so").toString();
  }

  private Path state(String id) {
    return folder.resolve("faults-" + id);
  }

  /** Variables that the process of a member needs. */
  public Map<String, String> environment(String id) {
    try {
      if (!Files.exists(state(id))) {
        Files.write(state(id), new byte[32]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.of("LD_PRELOAD", library(), "PI_FAULTS", state(id).toString());
  }

  /** Each flush to disk takes so much longer. */
  public void slow(String id, Duration longer) {
    set(id, SLOWER, longer.toMillis());
  }

  /** Flushes to disk fail, or work again. */
  public void breakDisk(String id, boolean broken) {
    set(id, FAILS, broken ? INPUT_OUTPUT_ERROR : 0);
  }

  /** Puts the wall clock ahead of what it really is, or behind. */
  public void setClock(String id, Duration ahead) {
    set(id, AHEAD, ahead.toMillis());
  }

  /**
   * Has the monotonic clock be so much behind what it would be without. To be called while the
   * process is stopped: then it has been suspended for so long.
   */
  public void loseTime(String id, Duration behind) {
    set(id, BEHIND, behind.toMillis());
  }

  private void set(String id, int at, long value) {
    try (RandomAccessFile file = new RandomAccessFile(state(id).toFile(), "rw")) {
      file.seek(at);
      byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array();
      file.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
