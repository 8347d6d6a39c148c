package io.piplan.raft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about this module. */
@AnalyzeClasses(packages = "io.piplan.raft", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final DescribedPredicate<JavaClass> OF_RATIS =
      JavaClass.Predicates.resideInAPackage("org.apache.ratis..");

  @ArchTest
  static final ArchRule theExampleKnowsNoRatis =
      noClasses()
          .that()
          .resideInAPackage("io.piplan.raft.kv..")
          .should()
          .dependOnClassesThat(OF_RATIS);

  @ArchTest
  static final ArchRule theLibraryDoesNotKnowTheExample =
      noClasses()
          .that()
          .resideInAPackage("io.piplan.raft")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.piplan.raft.kv..");

  @ArchTest
  static final ArchRule nothingPublicReturnsRatis =
      noMethods()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .should()
          .haveRawReturnType(OF_RATIS);

  @ArchTest
  static final ArchRule nothingPublicTakesRatis =
      methods()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .should(
              com.tngtech.archunit.lang.ArchCondition.from(
                  DescribedPredicate.describe(
                      "take no Ratis type",
                      method -> method.getRawParameterTypes().stream().noneMatch(OF_RATIS))));

  /** Leases and time-outs are of monotonic time: wall clocks jump. */
  @ArchTest
  static final ArchRule nobodyLooksAtTheWallClock =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(java.time.Clock.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(java.util.Date.class);
}
