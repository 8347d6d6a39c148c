package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.sql.ExecutableComments;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GenerationTest {
  @Test
  void nodesAreNotAskedForTheirVersionEachTime() {
    Generation generation =
        new Generation(
            RulesDocument.read(Path.of("src/test/resources/plans/rules.yaml")), null, () -> {});
    AtomicInteger asked = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      assertThat(
              generation.servers(
                  () -> {
                    asked.incrementAndGet();
                    return List.of(ExecutableComments.Server.of("11.4.5-MariaDB"));
                  }))
          .containsExactly(new ExecutableComments.Server(true, 110405));
    }
    assertThat(asked).hasValue(1);
  }
}
