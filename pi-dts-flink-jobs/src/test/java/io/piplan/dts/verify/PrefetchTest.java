package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PrefetchTest {
  /** Of a reader that has ended and put nothing into the queue, as without memory. */
  private static Prefetch ended(Future<?> reader) {
    ExecutorService executor =
        (ExecutorService)
            Proxy.newProxyInstance(
                ExecutorService.class.getClassLoader(),
                new Class<?>[] {ExecutorService.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("submit")) {
                    return reader;
                  }
                  throw new UnsupportedOperationException(method.getName());
                });
    return new Prefetch(
        executor,
        () -> {
          throw new IllegalStateException("nobody reads");
        });
  }

  @Test
  void aReaderThatEndedWithoutAWordIsNotWaitedFor() {
    OutOfMemoryError full = new OutOfMemoryError("Java heap space");
    try (Prefetch rows = ended(CompletableFuture.failedFuture(full))) {
      assertThatThrownBy(rows::next).hasMessage("reading failed").hasCause(full);
    }
  }

  @Test
  void whatAnInterruptedReaderHasLeftIsNotTakenForTheEnd() {
    try (Prefetch rows = ended(CompletableFuture.completedFuture(null))) {
      assertThatThrownBy(rows::next).hasMessageContaining("interrupted before it was done");
    }
  }
}
