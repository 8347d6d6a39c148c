package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.job.GrantsFile.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No right is written down that no test runs with. */
class GrantsFileTest {
  private static final Path TESTS =
      Path.of("src", "test", "java", "io", "piplan", "dts", "job", "LeastPrivilegeIT.java");

  @ParameterizedTest
  @CsvSource({"least-privilege-grants.sql, 7", "sites/grants.sql, 2"})
  void eachRightInAComment(String file, int count) throws IOException {
    List<Optional<Option>> optional = GrantsFile.read(file).optional();
    assertThat(optional).hasSize(count).allMatch(Optional::isPresent);
    String tests = Files.readString(TESTS);
    // The second file is read last.
    String part =
        file.startsWith("sites")
            ? tests.substring(tests.indexOf("GrantsFile.read(\"sites/grants.sql\")"))
            : tests.substring(0, tests.indexOf("GrantsFile.read(\"sites/grants.sql\")"));
    for (Optional<Option> option : optional) {
      assertThat(part).contains("Option." + option.orElseThrow().name());
    }
  }

  @Test
  void eachOption() throws IOException {
    Set<Option> used = EnumSet.noneOf(Option.class);
    for (String file : List.of("least-privilege-grants.sql", "sites/grants.sql")) {
      GrantsFile.read(file).optional().forEach(option -> used.add(option.orElseThrow()));
    }
    assertThat(used).containsAll(Arrays.asList(Option.values()));
  }
}
