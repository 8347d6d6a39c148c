package io.piplan.raft.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A network between members that a test can break, one direction of one pair at a time. Members
 * know each other by host names, {@link #host}; each process has a file of host names of its own
 * ({@link #javaOptions}), in which its own name leads to itself and those of the others to relays
 * that belong to this pair alone, at addresses 127.0.x.y. So it is known of each connection who
 * speaks to whom, though all members write the same addresses into their log.
 *
 * <p>What a direction that is cut carries is read and dropped, and connections over it that were
 * open are of no use any more: they end when it is whole again, as after a cut of a real network
 * that outlasts the patience of TCP.
 */
public final class FaultyNetwork implements AutoCloseable {
  private final Path folder;
  private final Map<String, Integer> ports = new TreeMap<>();
  private final Map<String, Relay> relays = new TreeMap<>();

  /**
   * @param folder for files of host names
   */
  public FaultyNetwork(Path folder) {
    this.folder = folder;
  }

  /** The name that a member has for all. */
  public static String host(String id) {
    return "member-" + id;
  }

  /**
   * Takes a member in, before it or any other that shall reach it is started.
   *
   * @param port that it listens at, on 127.0.0.1
   */
  public synchronized void add(String id, int port) {
    for (String other : ports.keySet()) {
      relays.put(pair(id, other), relay(id, other, ports.get(other)));
      relays.put(pair(other, id), relay(other, id, port));
    }
    ports.put(id, port);
    ports.keySet().forEach(this::writeHosts);
  }

  private static String pair(String from, String to) {
    return from + ">" + to;
  }

  private static Relay relay(String from, String to, int port) {
    try {
      return new Relay(address(from, to), port);
    } catch (IOException e) {
      throw new UncheckedIOException("relay from " + from + " to " + to, e);
    }
  }

  /** Linux has all of 127.0.0.0/8 at its loopback device. */
  private static InetAddress address(String from, String to) throws UnknownHostException {
    return InetAddress.getByAddress(
        new byte[] {127, 0, (byte) (100 + Integer.parseInt(from)), (byte) Integer.parseInt(to)});
  }

  private Path hosts(String id) {
    return folder.resolve("hosts-" + id);
  }

  /**
   * Java reads the file anew for each name, so members that run already learn of later ones. They
   * never see a part of it: a name that isn't there stays unknown to them for ten seconds.
   */
  private void writeHosts(String id) {
    List<String> lines = new ArrayList<>(List.of("127.0.0.1 localhost"));
    try {
      lines.add("127.0.0.1 " + InetAddress.getLocalHost().getHostName());
      for (String other : ports.keySet()) {
        InetAddress address =
            other.equals(id)
                ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
                : address(id, other);
        lines.add(address.getHostAddress() + " " + host(other));
      }
      Path written = Files.write(folder.resolve("hosts-" + id + ".new"), lines);
      Files.move(written, hosts(id), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With which the member has to be started. */
  public List<String> javaOptions(String id) {
    return List.of("-Djdk.net.hosts.file=" + hosts(id), "-Dsun.net.inetaddr.ttl=0");
  }

  /** What one says doesn't reach the other any more, whoever opened the connection. */
  public synchronized void cut(String from, String to) {
    relays.get(pair(from, to)).cutRequests();
    relays.get(pair(to, from)).cutAnswers();
  }

  /** Neither hears the other. */
  public synchronized void separate(String one, String other) {
    cut(one, other);
    cut(other, one);
  }

  /** It neither hears nor is heard. */
  public synchronized void isolate(String id) {
    mute(id);
    deafen(id);
  }

  /** It hears the others, and they don't hear it. */
  public synchronized void mute(String id) {
    ports.keySet().stream().filter(other -> !other.equals(id)).forEach(other -> cut(id, other));
  }

  /** The others hear it, and it doesn't hear them. */
  public synchronized void deafen(String id) {
    ports.keySet().stream().filter(other -> !other.equals(id)).forEach(other -> cut(other, id));
  }

  /** Each piece of what anybody says arrives later by so much, one after the other. */
  public synchronized void delay(long millis) {
    relays.values().forEach(relay -> relay.delay(millis));
  }

  /** Ends all connections at once, with a reset; new ones are taken. */
  public synchronized void reset() {
    relays.values().forEach(Relay::reset);
  }

  /** All is well again. */
  public synchronized void heal() {
    relays.values().forEach(Relay::heal);
  }

  @Override
  public synchronized void close() {
    relays.values().forEach(Relay::close);
  }
}
