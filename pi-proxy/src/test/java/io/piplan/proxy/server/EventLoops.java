package io.piplan.proxy.server;

import java.lang.management.ManagementFactory;

/** What the event loops of all proxies in this JVM do. */
final class EventLoops {
  private EventLoops() {}

  /** How many bytes of the heap they have allocated since they were started. */
  static long allocatedBytes() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("pi-proxy-"))
        .filter(thread -> !thread.getName().startsWith("pi-proxy-session"))
        .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getId()))
        .sum();
  }
}
