package io.piplan.proxy.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a proxy that was killed leaves of its Unix socket: a file that nobody listens on. */
final class StaleSocket {
  private static final Logger LOG = LoggerFactory.getLogger(StaleSocket.class);

  private StaleSocket() {}

  /** Removes it; leaves alone what somebody listens on, and what is no socket. */
  static void remove(String path) {
    Path file = Path.of(path);
    try {
      if (!isSocket(file)) {
        return;
      }
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(file));
      } catch (IOException nobody) {
        LOG.info("nobody listens on {} any more; it is removed", file);
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("{} could not be removed: {}", file, e.toString());
    }
  }

  private static boolean isSocket(Path file) throws IOException {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isOther();
  }
}
