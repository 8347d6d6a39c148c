package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Callers on a group while something happens to it. They must get answers before and, when it is
 * over, again; all they saw is judged by {@link VersionOrder}.
 */
final class KvTrial {
  private static final int CALLERS = 8;

  private KvTrial() {}

  interface Fault {
    void happen(KvProcesses members) throws Exception;
  }

  static void under(KvProcesses members, int answersEachSide, Fault fault) throws Exception {
    members.leader();
    KvCallers callers = new KvCallers(members, CALLERS);
    try (callers) {
      await().atMost(Duration.ofSeconds(90)).until(() -> callers.answered() > answersEachSide);
      fault.happen(members);
      int then = callers.answered();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> callers.answered() > then + answersEachSide);
    }
    assertThat(callers.failure()).isNull();
    for (Map.Entry<String, List<Linearizability.Call<VersionedRegister.Operation>>> key :
        callers.history().entrySet()) {
      assertThat(VersionOrder.violations(key.getValue()))
          .as("%d calls of %s", key.getValue().size(), key.getKey())
          .isEmpty();
    }
    assertThat(CounterOrder.violations(callers.counts()))
        .as("%d calls of the counter", callers.counts().size())
        .isEmpty();
    System.out.println(callers.answered() + " answers hold");
  }
}
