package io.piplan.proxy.differ;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.piplan.embedded.RandomStatements;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.proxy.differ.CaseRun.Difference;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random statements on random tables give the same on one database and through a running proxy over
 * 4 or 7 shards on two servers. {@code -Dpi.chaos} takes other cases each time, {@code
 * -Dpi.dal.seed} begins with that case, {@code -Dpi.dal.seconds} makes it longer.
 */
@ExtendWith(ServersExtension.class)
class RandomSchemasIT {
  private static final int CASES_OF_AN_ORDINARY_BUILD = 40;
  private static final int MOST_RUNS_TO_SHRINK = 300;

  @TempDir Path folder;

  @Test
  void randomSchemasGiveTheSame(Servers servers) throws SQLException, IOException {
    assumeTrue(Ground.isPossible(), "the collations are MariaDB's");
    boolean random =
        System.getProperty("pi.chaos") != null || System.getProperty("pi.dal.seed") != null;
    long first = RandomStatements.seed();
    System.out.println("pi.dal.seed=" + first);
    int most =
        Integer.getInteger("pi.dal.cases", random ? Integer.MAX_VALUE : CASES_OF_AN_ORDINARY_BUILD);
    int findings = Integer.getInteger("pi.dal.findings", 1);
    List<Long> found = new ArrayList<>();
    try (Ground ground = new Ground(servers, folder)) {
      CaseRun run = new CaseRun(ground);
      long end =
          System.nanoTime()
              + Duration.ofSeconds(Integer.getInteger("pi.dal.seconds", random ? 180 : 20))
                  .toNanos();
      int cases = 0;
      while (cases < most && System.nanoTime() < end && found.size() < findings) {
        RandomCase one = RandomCase.create(first + cases);
        Optional<Difference> difference = run.run(one);
        if (difference.isPresent()) {
          System.out.println(shrunk(ground, one, difference.get()));
          found.add(one.seed());
        }
        cases++;
        if (cases % 100 == 0) {
          System.out.println(cases + " schemas");
        }
      }
      System.out.println(
          "schemas "
              + cases
              + ", same "
              + run.same()
              + ", refused "
              + run.refused()
              + ", errors "
              + run.errors());
      run.refusals().entrySet().stream()
          .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
          .limit(12)
          .forEach(e -> System.out.println("  " + e.getValue() + " × " + e.getKey()));
      assertThat(found).as("differences, seed %d", first).hasSize(0);
      assertThat(run.same()).as("most statements run").isGreaterThan(run.refused() * 2);
    }
  }

  /** Leaves out what it fails without. */
  private static String shrunk(Ground ground, RandomCase one, Difference difference)
      throws SQLException, IOException {
    RandomCase smaller = one;
    Difference last = difference;
    int runs = 0;
    for (int size = one.statements().size() / 2; size > 0; size = size == 1 ? 0 : size / 2) {
      int lines = smaller.rows().size() + smaller.statements().size();
      for (int at = lines - size; at > -size && runs < MOST_RUNS_TO_SHRINK; at -= size) {
        RandomCase next = without(smaller, Math.max(0, at), at + size);
        ground.empty();
        Optional<Difference> found = new CaseRun(ground).again(next);
        runs++;
        if (found.isPresent() && found.get().isLike(difference)) {
          smaller = next;
          last = found.get();
        }
      }
    }
    return "DIFFERENCE in " + smaller + "→ " + last.sql() + "\n" + last.what() + "\n";
  }

  private static RandomCase without(RandomCase one, int from, int to) {
    List<Line> rows = new ArrayList<>();
    List<Line> statements = new ArrayList<>();
    for (int i = 0; i < one.rows().size() + one.statements().size(); i++) {
      if (i < from || i >= to) {
        boolean row = i < one.rows().size();
        (row ? rows : statements)
            .add(row ? one.rows().get(i) : one.statements().get(i - one.rows().size()));
      }
    }
    return one.with(rows, statements);
  }
}
