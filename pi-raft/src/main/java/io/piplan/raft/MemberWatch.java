package io.piplan.raft;

import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.server.RaftServer;

/**
 * Finds out when Ratis has given a member up, of which it tells nobody: when it has closed it after
 * an unforeseen error, and when an election ended by one, mostly since a vote could not be written.
 * Such a member would stay a candidate for good and never stand for election again.
 */
final class MemberWatch {
  private static final long EVERY_MILLIS = 1_000;
  private static final int IDLE_ELECTIONS = 3;

  private final String id;
  private final Supplier<RaftServer.Division> division;
  private final Supplier<List<RaftMember>> members;
  private final Consumer<RaftException> failed;
  private final ScheduledExecutorService timer;
  private int idle;

  MemberWatch(
      String id,
      Supplier<RaftServer.Division> division,
      Supplier<List<RaftMember>> members,
      Consumer<RaftException> failed,
      ScheduledExecutorService timer) {
    this.id = id;
    this.division = division;
    this.members = members;
    this.failed = failed;
    this.timer = timer;
  }

  void start() {
    var unused =
        timer.scheduleWithFixedDelay(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    RaftServer.Division here;
    try {
      here = division.get();
    } catch (RaftException e) {
      // Closed meanwhile; the timer ends as well.
      idle = 0;
      return;
    }
    if (!here.getInfo().isAlive()) {
      // One that was taken out of its group is closed too, and nothing is wrong with it.
      if (members.get().stream().anyMatch(member -> member.id().equals(id))) {
        failed.accept(
            new RaftException(
                RaftError.STORAGE_FAILED,
                "member " + id + " was ended by an error that its log names",
                "look there, then start the member again"));
      }
      return;
    }
    idle = here.getInfo().isCandidate() && !stands(here) ? idle + 1 : 0;
    if (idle >= IDLE_ELECTIONS) {
      failed.accept(
          new RaftException(
              RaftError.STORAGE_FAILED,
              "an election of member " + id + " ended by an error that its log names",
              "see that its disk has space and is whole, then start the member again"));
    }
  }

  /** Whether an election goes on: Ratis has a thread for each, named after the member. */
  private static boolean stands(RaftServer.Division here) {
    String name = here.getMemberId() + "-LeaderElection";
    ThreadGroup all = here.getThreadGroup();
    Thread[] threads = new Thread[all.activeCount() + 64];
    int count = all.enumerate(threads);
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().startsWith(name)) {
        return true;
      }
    }
    return false;
  }
}
