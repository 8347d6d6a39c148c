package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncRepair;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that are given a definition with several syncs, one of which can't be reached. */
class SeveralSyncsTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> asked = new ArrayList<>();

  /** Syncs a, b and c, some of which fail whatever they are asked for. */
  private final class Engine implements SyncEngine {
    private final Map<String, DtsError> failing;

    Engine(Map<String, DtsError> failing) {
      this.failing = failing;
    }

    @Override
    public SyncLauncher launcher() {
      return proxy(SyncLauncher.class, arguments -> List.of("a", "b", "c"));
    }

    @Override
    public SyncControl control(Path stateDirectory, Optional<String> movedTo) {
      return proxy(
          SyncControl.class,
          arguments -> {
            if (arguments != null) {
              asked.add((String) arguments[0]);
              DtsError failure = failing.get(asked.get(asked.size() - 1));
              if (failure != null) {
                throw new DtsException(failure, "no answer", "wait");
              }
            }
            return "savepoint";
          });
    }

    @Override
    public SyncRepair repair(Path stateDirectory) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      asked.add("closed");
    }
  }

  private interface Answer {
    Object to(Object... arguments);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object answered = answer.to(arguments);
              return method.getReturnType() == void.class ? null : answered;
            }));
  }

  private int run(Map<String, DtsError> failing, String command) throws Exception {
    Path file = Files.writeString(folder.resolve("several.sql"), "");
    return Pi.commandLine(
            Console.plain(new PrintWriter(out), new PrintWriter(err)), () -> new Engine(failing))
        .execute("sync", command, file.toString(), "--state", folder.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "pause", "resume"})
  void oneThatFailsKeepsNoOtherFromIt(String command) throws Exception {
    int code = run(Map.of("a", DtsError.SYNC_UNKNOWN, "b", DtsError.TARGET_UNREACHABLE), command);
    assertThat(asked).containsExactly("a", "b", "c", "closed");
    assertThat(out.toString()).startsWith("c ").hasLineCount(1);
    assertThat(err.toString())
        .contains(
            "PI-" + DtsError.SYNC_UNKNOWN.number(), "PI-" + DtsError.TARGET_UNREACHABLE.number());
    assertThat(code).isEqualTo(ExitCode.FAILED.number());
  }

  @Test
  void allThatComeThroughEndWell() throws Exception {
    assertThat(run(Map.of(), "stop")).isZero();
    assertThat(out.toString()).hasLineCount(3);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theWorstOfSeveralIsTold() throws Exception {
    assertThat(run(Map.of("c", DtsError.TARGET_UNREACHABLE), "stop"))
        .isEqualTo(ExitCode.RETRY.number());
    assertThat(ExitCode.worse(ExitCode.FAILED, ExitCode.RETRY)).isEqualTo(ExitCode.FAILED);
    assertThat(ExitCode.worse(ExitCode.OK, ExitCode.USAGE)).isEqualTo(ExitCode.USAGE);
  }
}
