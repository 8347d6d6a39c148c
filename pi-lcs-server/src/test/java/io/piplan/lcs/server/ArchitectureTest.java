package io.piplan.lcs.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about this module. */
@AnalyzeClasses(
    packages = "io.piplan.lcs.server",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule neitherRatisNorTheClient =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.ratis..", "io.piplan.lcs.client..");
}
