package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.HeldRows;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.SyncStatus.Copying;
import io.piplan.dts.job.TableProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class CopyWaitTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console = Console.plain(new PrintWriter(out), new PrintWriter(err));

  private static SyncStatus status(String name, String state, boolean done) {
    return status(name, state, Copying.TABLES, done);
  }

  private static SyncStatus status(String name, String state, Copying copying, boolean done) {
    TableProgress table =
        new TableProgress("d.t", 10, done ? 10 : 5, 2, done ? 2 : 1, done, 0, 0, 0, 0);
    return new SyncStatus(
        name,
        state,
        copying,
        List.of(table),
        0,
        "",
        -1,
        -1,
        0,
        HeldRows.NONE,
        false,
        CopyLimits.NONE,
        "",
        List.of(),
        state.equals("FAILED") ? "the disk is full" : state.equals("AWAY") ? "away" : "",
        0);
  }

  private static SyncControl control(Function<String, SyncStatus> status) {
    return (SyncControl)
        Proxy.newProxyInstance(
            SyncControl.class.getClassLoader(),
            new Class<?>[] {SyncControl.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("status")) {
                return status.apply((String) arguments[0]);
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  /** Tells one state after another, the last of them for ever. */
  private List<SyncStatus> await(SyncStatus... told) throws InterruptedException {
    return await(true, told);
  }

  private List<SyncStatus> await(boolean shown, SyncStatus... told) throws InterruptedException {
    Deque<SyncStatus> states = new ArrayDeque<>(Arrays.asList(told));
    SyncControl control =
        control(
            name ->
                Optional.of(states.size() > 1 ? states.poll() : states.peek())
                    .map(
                        state -> {
                          if (state.state().equals("AWAY")) {
                            throw new DtsException(DtsError.TARGET_FAILED, state.failure(), "wait");
                          }
                          return state;
                        })
                    .orElseThrow());
    return new CopyWait(control, console, shown, 0).await(List.of("s"));
  }

  @Test
  void endsWhenAllIsCopiedThoughTheTargetWasAwayMeanwhile() throws Exception {
    List<SyncStatus> found =
        await(
            status("s", "RUNNING", false),
            status("s", "AWAY", false),
            status("s", "UNKNOWN", false),
            status("s", "RUNNING", false),
            status("s", "RUNNING", true));
    assertThat(found).hasSize(1);
    assertThat(found.get(0).copyDone()).isTrue();
    assertThat(out.toString()).contains("away");
  }

  @Test
  void waitsForEachOfSeveral() throws Exception {
    int[] looks = new int[1];
    SyncControl control =
        control(name -> status(name, "RUNNING", name.equals("a") || ++looks[0] >= 3));
    new CopyWait(control, console, false, 0).await(List.of("a", "b"));
    assertThat(looks[0]).isEqualTo(3);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aSyncThatEndsBeforeIsAFailure() {
    assertThatThrownBy(() -> await(status("s", "RUNNING", false), status("s", "FAILED", false)))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(ExitCode.of(e)).isEqualTo(ExitCode.FAILED))
        .hasMessageContaining("the disk is full");
    assertThatThrownBy(() -> await(status("s", "STOPPED", false)))
        .hasMessageContaining("s is STOPPED");
  }

  @Test
  void oneThatHasCopiedAllMayHaveEnded() throws Exception {
    assertThat(await(status("s", "STOPPED", true))).hasSize(1);
  }

  @Test
  void aFlinkThatDoesNotComeBackIsNotWaitedForWithoutEnd() {
    assertThatThrownBy(() -> await(status("s", "UNKNOWN", false)))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.FLINK_UNREACHABLE));
  }

  @Test
  void aTargetThatStaysAwayIsNotWaitedForWithoutEnd() {
    assertThatThrownBy(() -> await(status("s", "RUNNING", false), status("s", "AWAY", false)))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.TARGET_FAILED))
        .hasMessageContaining("away");
    assertThat(out.toString()).containsOnlyOnce("away");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void norOneThatIsAwayBetweenLooksAtASyncThatNobodyKnows() {
    int[] looks = new int[1];
    SyncControl control =
        control(
            name -> {
              if (++looks[0] % 2 == 0) {
                throw new DtsException(DtsError.TARGET_FAILED, "away", "wait");
              }
              return status(name, "UNKNOWN", false);
            });
    assertThatThrownBy(() -> new CopyWait(control, console, true, 0).await(List.of("s")))
        .isInstanceOf(DtsException.class);
  }

  @Test
  void withoutProgressItIsToldAsAnErrorWhatIsAmiss() throws Exception {
    await(
        false,
        status("s", "AWAY", false),
        status("s", "AWAY", false),
        status("s", "RUNNING", false),
        status("s", "AWAY", false),
        status("s", "RUNNING", true));
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(2).allMatch(line -> line.contains("away"));
  }

  @Test
  void plainInsertsHaveNoCopyThatEnds() {
    assertThatThrownBy(() -> await(status("s", "RUNNING", Copying.UNKNOWN, false)))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(ExitCode.of(e)).isEqualTo(ExitCode.USAGE));
  }
}
