package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That no guide, and nothing in one, is left out by the tests that follow them. */
class GuideTest {
  private static final Path GUIDES = Path.of("..", "docs", "guides");
  private static final List<String> FOLLOWERS = List.of("GuidesIT", "SiteGuidesIT", "HiveGuideIT");

  private static List<String> guides() throws IOException {
    try (Stream<Path> files = Files.list(GUIDES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".md") && !file.equals("README.md"))
          .map(file -> file.substring(0, file.length() - ".md".length()))
          .sorted()
          .toList();
    }
  }

  @Test
  void thereIsOneForEachTask() throws Exception {
    assertThat(guides())
        .contains(
            "first-sync",
            "whole-database",
            "hive",
            "two-sites",
            "three-sites",
            "repair-a-row",
            "move-to-a-cluster");
    assertThat(Files.readString(GUIDES.resolve("README.md")))
        .contains(guides().stream().map(guide -> "(" + guide + ".md)").toList());
  }

  @Test
  void eachIsFollowedByATest() throws Exception {
    StringBuilder tests = new StringBuilder();
    for (String test : FOLLOWERS) {
      tests.append(
          Files.readString(
              Path.of("src", "test", "java", "io", "piplan", "bench", test + ".java")));
    }
    assertThat(tests).contains(guides().stream().map(g -> ".follow(\"" + g + "\")").toList());
  }

  @Test
  void whateverIsToBeTypedIsAStep() throws Exception {
    for (String guide : guides()) {
      long blocks =
          Files.readAllLines(GUIDES.resolve(guide + ".md")).stream()
                  .filter(line -> line.strip().startsWith("```"))
                  .count()
              / 2;
      assertThat(Guide.read(guide).steps()).as(guide).hasSize((int) blocks);
    }
  }
}
