package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.copy.KeyBound;
import io.piplan.dts.resync.ResyncRequest.Counts;
import io.piplan.dts.resync.ResyncRequest.Phase;
import io.piplan.dts.resync.ResyncRequest.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which part of a request is read when and by whom, one request at a time. A part is
 * <em>waiting</em>, then <em>given</em> to a reader, then <em>read</em>, and done when the target
 * says so. The request counts as done up to the first part that is not, so that after a restart it
 * goes on from there. Pure; used by one thread.
 */
public final class ResyncSchedule {
  /**
   * Rows that the target refuses are tried again so often: another row may have been in the way.
   */
  private static final int ROUNDS = 3;

  private static final int ATTEMPTS = 20;
  private static final long RETRY_MILLIS = 1_000;
  private static final long LONGEST_PATIENCE_FACTOR = 32;

  /** A part on its way. */
  private static final class Flight {
    private final ResyncPart part;
    private int reader = -1;
    private int attempts;
    private long readMillis = -1;
    private long notBeforeMillis;
    private boolean done;
    private long refused;
    private Counts counts = Counts.NONE;

    Flight(ResyncPart part) {
      this.part = part;
    }

    /** Whether all that is to be known of it is known. */
    boolean isOver() {
      return done && (readMillis >= 0 || reader < 0);
    }
  }

  private final int mostInFlight;
  private final long patienceMillis;
  private final ArrayDeque<Flight> parts = new ArrayDeque<>();
  private final List<ChunkId> over = new ArrayList<>();
  private ResyncRequest request;
  private boolean planned;
  private Optional<String> plannedUpTo = Optional.empty();

  /**
   * @param mostInFlight parts given and not done
   * @param patienceMillis how long a part may be read and not done before it is read again; twice
   *     as long each time
   */
  public ResyncSchedule(int mostInFlight, long patienceMillis) {
    this.mostInFlight = mostInFlight;
    this.patienceMillis = patienceMillis;
  }

  /** Begins or goes on with a request, which is running. */
  public void begin(ResyncRequest next) {
    parts.clear();
    over.clear();
    request = next;
    planned = false;
    plannedUpTo = next.resumeAfter();
  }

  /** The request as it is now; empty if there is none. */
  public Optional<ResyncRequest> request() {
    return Optional.ofNullable(request);
  }

  /** Forgets the request, which is over or was cancelled. */
  public void clear() {
    request = null;
    parts.clear();
  }

  public boolean wantsParts() {
    return isRunning() && !planned && parts.size() < 2 * mostInFlight;
  }

  private boolean isRunning() {
    return request != null && request.state() == State.RUNNING;
  }

  /** After what the next part to be planned begins. */
  public Optional<String> plannedUpTo() {
    return plannedUpTo;
  }

  /** Parts that were planned, in order; their numbers count as used from now on. */
  public void planned(List<ResyncPart> more) {
    for (ResyncPart part : more) {
      parts.add(new Flight(part));
      plannedUpTo = end(part);
      planned |= plannedUpTo.isEmpty();
    }
    request = request == null ? null : request.withParts(more.size());
  }

  /** Up to where a part goes, as a request stores it; empty if it is the last of its phase. */
  private Optional<String> end(ResyncPart part) {
    if (part.phase() != Phase.KEYS) {
      return part.upTo().map((KeyBound bound) -> TextLists.write(bound));
    }
    int next = plannedUpTo.map(Integer::parseInt).orElse(0) + part.keys().size();
    return next < request.keys().size() ? Optional.of(String.valueOf(next)) : Optional.empty();
  }

  /** The next part for a reader, if one may be given out now. */
  public Optional<ResyncPart> give(int reader, long nowMillis) {
    long flying = parts.stream().filter(f -> f.reader >= 0 && !f.done).count();
    if (!isRunning() || flying >= mostInFlight) {
      return Optional.empty();
    }
    for (Flight flight : parts) {
      if (flight.reader < 0 && !flight.done && flight.notBeforeMillis <= nowMillis) {
        flight.reader = reader;
        flight.readMillis = -1;
        flight.attempts++;
        return Optional.of(flight.part);
      }
    }
    return Optional.empty();
  }

  private Optional<Flight> flight(ChunkId chunk) {
    return parts.stream().filter(f -> f.part.chunk().equals(chunk)).findFirst();
  }

  /** A reader has sent all of a part. */
  public void read(ChunkId chunk, Counts counts, long nowMillis) {
    flight(chunk)
        .filter(f -> f.reader >= 0)
        .ifPresent(
            f -> {
              f.readMillis = nowMillis;
              f.counts = counts;
            });
    advance();
  }

  /**
   * A reader could not read a part.
   *
   * @param retryable whether it may be possible later
   */
  public void failed(ChunkId chunk, String message, boolean retryable, long nowMillis) {
    Optional<Flight> found = flight(chunk);
    if (found.isEmpty()) {
      return;
    }
    Flight flight = found.get();
    flight.reader = -1;
    if (retryable && flight.attempts < ATTEMPTS) {
      flight.notBeforeMillis = nowMillis + RETRY_MILLIS * Math.min(flight.attempts, 10);
      request = request.with(State.RUNNING, message);
    } else {
      request = request.with(State.FAILED, message);
    }
  }

  /**
   * More parts could not be planned.
   *
   * @param retryable whether to try again
   */
  public void planningFailed(String message, boolean retryable) {
    if (isRunning()) {
      request = request.with(retryable ? State.RUNNING : State.FAILED, message);
    }
  }

  /** The reader is new or was lost: what it had must be read again. */
  public void lost(int reader) {
    parts.stream().filter(f -> f.reader == reader && f.readMillis < 0).forEach(f -> f.reader = -1);
  }

  /** Puts parts back that were read long ago and are not done: a writer has given them back. */
  public List<ChunkId> overdue(long nowMillis) {
    List<ChunkId> overdue = new ArrayList<>();
    for (Flight flight : parts) {
      boolean late =
          flight.reader >= 0
              && !flight.done
              && flight.readMillis >= 0
              && nowMillis - flight.readMillis > patience(flight);
      if (late) {
        flight.reader = -1;
        overdue.add(flight.part.chunk());
      }
    }
    return overdue;
  }

  private long patience(Flight flight) {
    int doublings = Math.min(flight.attempts - 1, 30);
    return patienceMillis * Math.min(1L << Math.max(0, doublings), LONGEST_PATIENCE_FACTOR);
  }

  /** What to ask the target about. */
  public Set<ChunkId> open() {
    Set<ChunkId> open = new LinkedHashSet<>();
    parts.stream().filter(f -> f.attempts > 0 && !f.done).forEach(f -> open.add(f.part.chunk()));
    return open;
  }

  /**
   * @param refused rows that the target refused, by chunk
   */
  public void done(Set<ChunkId> chunks, Map<ChunkId, Long> refused) {
    for (Flight flight : parts) {
      if (!flight.done && chunks.contains(flight.part.chunk())) {
        flight.done = true;
        flight.refused = refused.getOrDefault(flight.part.chunk(), 0L);
      }
    }
    advance();
  }

  /** Parts of which nobody needs to know any more that they are done. */
  public List<ChunkId> takeOver() {
    List<ChunkId> taken = List.copyOf(over);
    over.clear();
    return taken;
  }

  private void advance() {
    while (isRunning() && !parts.isEmpty() && parts.peek().isOver()) {
      Flight first = parts.poll();
      over.add(first.part.chunk());
      Counts counts = request.counts().plus(first.counts).plus(new Counts(0, 0, 0, first.refused));
      Optional<String> upTo = resume(first.part);
      request =
          request.with(request.nextChunk(), counts).with(request.phase(), request.round(), upTo);
      if (upTo.isEmpty()) {
        endPhase();
      }
    }
  }

  private Optional<String> resume(ResyncPart part) {
    if (part.phase() != Phase.KEYS) {
      return part.upTo().map((KeyBound bound) -> TextLists.write(bound));
    }
    int next = request.resumeAfter().map(Integer::parseInt).orElse(0) + part.keys().size();
    return next < request.keys().size() ? Optional.of(String.valueOf(next)) : Optional.empty();
  }

  private void endPhase() {
    planned = false;
    plannedUpTo = Optional.empty();
    if (request.phase() == Phase.EXTRA) {
      request = request.with(Phase.ROWS, request.round(), Optional.empty());
      return;
    }
    long refused = request.counts().refused();
    if (refused == 0) {
      request = request.with(State.DONE, request.message());
    } else if (request.round() < ROUNDS) {
      nextRound();
    } else {
      request =
          request.with(
              State.FAILED,
              refused
                  + " rows could not be written: table pi_dts_resync_row on the target says why");
    }
  }

  /** Rows that were refused count anew: what is left of them is what the last round refused. */
  private void nextRound() {
    Counts all = request.counts();
    request =
        request
            .with(request.nextChunk(), new Counts(all.checked(), all.mended(), all.removed(), 0))
            .with(
                request.ofKeys() ? Phase.KEYS : Phase.ROWS, request.round() + 1, Optional.empty());
  }
}
