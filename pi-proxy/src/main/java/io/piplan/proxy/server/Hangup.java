package io.piplan.proxy.server;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SIGHUP, which ends a Java program that doesn't ask for it. */
public final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /**
   * From now on SIGHUP runs this. Where there is no such signal nothing happens.
   *
   * @param task must throw nothing
   */
  public static void runs(Runnable task) {
    try {
      // By name: the compiler warns of these classes, and no others can do it.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handles =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  task.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), handles);
    } catch (ReflectiveOperationException e) {
      LOG.info("SIGHUP is not used here: {}", e.toString());
    }
  }
}
