package io.piplan.meta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about this module. */
@AnalyzeClasses(packages = "io.piplan.meta", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule isPure =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..", "java.net..", "java.time..", "javax..", "org..", "io.piplan.dts..");

  @ArchTest
  static final ArchRule jacksonOnlyWhereDocumentsAreRead =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.JsonTree(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com..");
}
