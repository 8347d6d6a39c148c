package io.piplan.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * Brings one message to whoever leads, again and again until there is an answer or the time is up.
 * Sending the same batch several times is harmless: {@link CallSessions}.
 */
final class RequestSender implements AutoCloseable {
  private static final long FIRST_WAIT_MILLIS = 10;
  private static final long LONGEST_WAIT_MILLIS = 200;
  private static final CommandBatch NOTHING = CommandBatch.ofLease(0);

  private final RaftGroupId groupId;
  private final ScheduledExecutorService timer;
  private final RaftServer server;
  private final RaftClient client;
  private final RaftOptions.Transport transport;
  private final Duration attemptTimeout;
  private final Duration callTimeout;
  private final Confirmed confirmed;
  private final Runnable appended;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong();
  private volatile boolean closed;

  /** Hears of each entry of this node as the leader that a majority has. */
  interface Confirmed {
    /**
     * @param term in which this node led from before {@code asked} until now
     * @param asked before the entry was appended, as {@link System#nanoTime}
     */
    void entry(long term, long asked);
  }

  /**
   * @param appended to be run when this node as the leader has appended an entry
   */
  RequestSender(
      Settings settings,
      RaftOptions options,
      ScheduledExecutorService timer,
      RaftServer server,
      Confirmed confirmed,
      Runnable appended) {
    this.groupId = settings.groupId();
    this.timer = timer;
    this.server = server;
    this.confirmed = confirmed;
    this.appended = appended;
    this.transport = options.transport();
    this.callTimeout = options.callTimeout();
    this.attemptTimeout = max(Duration.ofSeconds(1), options.electionMax().multipliedBy(2));
    RaftProperties properties = settings.properties();
    RaftClientConfigKeys.Rpc.setRequestTimeout(
        properties, TimeDuration.valueOf(attemptTimeout.toMillis(), TimeUnit.MILLISECONDS));
    this.client =
        RaftClient.newBuilder()
            .setProperties(properties)
            .setParameters(settings.parameters())
            .setRaftGroup(settings.contacts())
            .setRetryPolicy(RetryPolicies.noRetry())
            .build();
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** What is sent. */
  enum Kind {
    COMMAND,
    READ
  }

  CompletableFuture<ByteString> send(Kind kind, byte[] content) {
    Call call = new Call(kind, message(content), System.nanoTime() + callTimeout.toNanos());
    call.attempt();
    return call.answer;
  }

  /** Has the group agree on an entry that changes nothing. */
  CompletableFuture<ByteString> sendNothing() {
    return send(Kind.READ, NOTHING.encode());
  }

  /**
   * A round of {@link LeaderLease}: an entry that changes nothing, from this node as the leader.
   *
   * @param leaseNanos what others have to know of the lease
   */
  CompletableFuture<Long> confirmHere(long leaseNanos) {
    try {
      Led led = new Led(server.getDivision(groupId).getInfo());
      if (!led.ready) {
        return CompletableFuture.failedFuture(noLeader("this node doesn't lead"));
      }
      byte[] entry = CommandBatch.ofLease(leaseNanos).encode();
      return here(request(server.getId(), message(entry)))
          .orTimeout(attemptTimeout.toMillis(), TimeUnit.MILLISECONDS)
          .thenApply(
              reply -> {
                if (!reply.isSuccess()) {
                  throw new CompletionException(reply.getException());
                }
                if (!led.allAlong()) {
                  throw new CompletionException(noLeader("this node doesn't lead any more"));
                }
                return led.term;
              });
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Commands that go through this node as the leader tell what a round would tell. */
  private CompletableFuture<RaftClientReply> asLeader(
      RaftServer.Division division, RaftClientRequest request) {
    Led led = new Led(division.getInfo());
    long asked = System.nanoTime();
    return here(request)
        .whenComplete(
            (reply, failure) -> {
              if (failure == null && reply.isSuccess() && led.ready && led.allAlong()) {
                confirmed.entry(led.term, asked);
              }
            });
  }

  /** This node as the leader of a term. */
  private static final class Led {
    private final DivisionInfo info;
    private final long term;
    private final boolean ready;

    Led(DivisionInfo info) {
      this.info = info;
      this.term = info.getCurrentTerm();
      this.ready = info.isLeaderReady();
    }

    /** Terms only grow: still the same means the same all along. */
    boolean allAlong() {
      return info.isLeader() && info.getCurrentTerm() == term;
    }
  }

  private static Message message(byte[] bytes) {
    ByteString content = UnsafeByteOperations.unsafeWrap(bytes);
    return () -> content;
  }

  private RaftClientRequest request(RaftPeerId to, Message message) {
    return RaftClientRequest.newBuilder()
        .setClientId(clientId)
        .setGroupId(groupId)
        .setCallId(callIds.incrementAndGet())
        .setMessage(message)
        .setType(RaftClientRequest.writeRequestType())
        .setLeaderId(to)
        .build();
  }

  /** On this thread: through the server it would be two changes of threads more for each entry. */
  private CompletableFuture<RaftClientReply> here(RaftClientRequest request) {
    try {
      CompletableFuture<RaftClientReply> reply =
          server.getDivision(groupId) instanceof RaftClientAsynchronousProtocol member
              ? member.submitClientRequestAsync(request)
              : server.submitClientRequestAsync(request);
      appended.run();
      return reply;
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * A stream to a member ends with it, or when that member says that it doesn't lead (any more).
   * Ratis keeps the ended one, and refuses everything that is sent on it, until it is told to.
   */
  private void reconnectIfClosed(RaftPeerId peer, Throwable failure) {
    if (failure == null || closed) {
      return;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    // One that was closed while it was being made is left in a state that is no exception of I/O.
    client
        .getClientRpc()
        .handleException(
            peer,
            cause,
            cause instanceof AlreadyClosedException || cause instanceof IllegalStateException);
  }

  private static RaftException noLeader(String found) {
    return new RaftException(
        RaftError.NO_LEADER, found, "see that a majority of the members run and reach each other");
  }

  @Override
  public void close() {
    closed = true;
    try {
      client.close();
    } catch (IOException e) {
      throw new RaftException(RaftError.CLOSED, "closing failed: " + e, "ignore it", e);
    }
  }

  private final class Call {
    private final Kind kind;
    private final Message message;
    private final long deadline;
    private final CompletableFuture<ByteString> answer = new CompletableFuture<>();
    private long wait = FIRST_WAIT_MILLIS;
    private boolean sent;
    private String last = "no leader is known";

    Call(Kind kind, Message message, long deadline) {
      this.kind = kind;
      this.message = message;
      this.deadline = deadline;
    }

    void attempt() {
      RaftServer.Division division;
      try {
        if (closed) {
          end(new RaftException(RaftError.CLOSED, "this node is closed", "use another one"));
          return;
        }
        division = server.getDivision(groupId);
      } catch (IOException e) {
        end(new RaftException(RaftError.CLOSED, "the member doesn't run", "start it", e));
        return;
      }
      RaftPeerId leader = division.getInfo().getLeaderId();
      if (leader == null) {
        again();
        return;
      }
      sent = true;
      try {
        CompletableFuture<RaftClientReply> reply =
            leader.equals(server.getId())
                ? asLeader(division, request(leader, message))
                : there(division, leader);
        var unused =
            reply
                .orTimeout(attemptTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete(this::answered);
      } catch (RuntimeException e) {
        answered(null, e);
      }
    }

    private CompletableFuture<RaftClientReply> there(
        RaftServer.Division division, RaftPeerId leader) {
      // Members that joined later are not among the contacts.
      RaftClientRpc rpc = client.getClientRpc();
      rpc.addRaftPeers(division.getRaftConf().getAllPeers());
      RaftClientRequest request = request(leader, message);
      // Order doesn't matter to us; each transport knows but one way.
      return (transport == RaftOptions.Transport.GRPC
              ? rpc.sendRequestAsyncUnordered(request)
              : rpc.sendRequestAsync(request))
          .whenComplete((reply, failure) -> reconnectIfClosed(leader, failure));
    }

    private void answered(RaftClientReply reply, Throwable failure) {
      if (reply != null && reply.isSuccess()) {
        answer.complete(reply.getMessage().getContent());
        return;
      }
      Throwable cause = failure != null ? failure : reply.getException();
      if (reply != null && reply.getStateMachineException() != null) {
        answer.completeExceptionally(
            new RaftException(
                RaftError.STATE_FAILED,
                "the state failed: " + reply.getStateMachineException().getMessage(),
                "look at the leader's log",
                cause));
        return;
      }
      last = String.valueOf(cause);
      again();
    }

    private void again() {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0 || closed) {
        answer.completeExceptionally(timeUp());
        return;
      }
      long pause = Math.min(left, wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1));
      wait = Math.min(LONGEST_WAIT_MILLIS, wait * 2);
      if (timer.isShutdown()) {
        answer.completeExceptionally(timeUp());
        return;
      }
      var unused = timer.schedule(this::attempt, Math.max(1, pause), TimeUnit.MILLISECONDS);
    }

    /** What was sent before may have taken effect, so that it must not be called refused. */
    private void end(RaftException why) {
      answer.completeExceptionally(
          sent && kind == Kind.COMMAND
              ? unknown("no answer, and " + why.getMessage() + "; last: " + last)
              : why);
    }

    private static RaftException unknown(String found) {
      return new RaftException(
          RaftError.OUTCOME_UNKNOWN, found, "look at the state whether the command took effect");
    }

    private RaftException timeUp() {
      if (sent && kind == Kind.COMMAND) {
        return unknown("no answer within " + callTimeout.toMillis() + " ms, last: " + last);
      }
      return noLeader("no answer within " + callTimeout.toMillis() + " ms, last: " + last);
    }
  }
}
