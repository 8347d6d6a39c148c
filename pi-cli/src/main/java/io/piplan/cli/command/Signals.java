package io.piplan.cli.command;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM: the first asks to stop in order, a second ends the process at once. A
 * shutdown hook would not do: Flink's own hooks would run beside it and end what has to be saved.
 */
final class Signals {
  private final CountDownLatch asked = new CountDownLatch(1);

  /** Takes the signals over for the rest of the process. */
  static Signals take(int exitCodeOfSecond) {
    Signals signals = new Signals();
    for (String name : new String[] {"INT", "TERM"}) {
      signals.handle(name, exitCodeOfSecond);
    }
    return signals;
  }

  // By reflection: the compiler warns of sun.misc.Signal, which has no successor, and cannot be
  // told not to.
  private void handle(String name, int exitCode) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> answer(proxy, method, arguments, exitCode));
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java has no signals", e);
    }
  }

  private Object answer(Object proxy, Method method, Object[] arguments, int exitCode) {
    return switch (method.getName()) {
      case "handle" -> {
        if (asked.getCount() == 0) {
          Runtime.getRuntime().halt(exitCode);
        }
        asked.countDown();
        yield null;
      }
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "Signals";
    };
  }

  /** Waits; whether somebody asked to stop. */
  boolean await(long millis) throws InterruptedException {
    return asked.await(millis, TimeUnit.MILLISECONDS);
  }
}
