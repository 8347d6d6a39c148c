package io.piplan.lcs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about this module. */
@AnalyzeClasses(packages = "io.piplan.lcs", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule noRatis =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.ratis..", "io.piplan.raft..");

  @ArchTest
  static final ArchRule theRootIsVocabulary =
      noClasses()
          .that()
          .resideInAPackage("io.piplan.lcs")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.piplan.lcs.wire..", "io.piplan.lcs.client..");

  @ArchTest
  static final ArchRule nothingImportsTheClient =
      noClasses()
          .that()
          .resideInAPackage("io.piplan.lcs.wire..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.piplan.lcs.client..");
}
