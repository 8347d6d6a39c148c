package io.piplan.dal;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about this module. */
@AnalyzeClasses(packages = "io.piplan.dal", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule rootIsVocabulary = apart("io.piplan.dal", "io.piplan.dal.*..");

  @ArchTest
  static final ArchRule sqlKnowsNoRules =
      apart(
          "io.piplan.dal.sql",
          "io.piplan.dal.rules",
          "io.piplan.dal.plan",
          "io.piplan.dal.node",
          "io.piplan.dal.merge",
          "io.piplan.dal.tx",
          "io.piplan.dal.session");

  @ArchTest
  static final ArchRule rulesKnowNoSql =
      apart(
          "io.piplan.dal.rules",
          "io.piplan.dal.sql",
          "io.piplan.dal.plan",
          "io.piplan.dal.node",
          "io.piplan.dal.merge",
          "io.piplan.dal.tx",
          "io.piplan.dal.session");

  @ArchTest
  static final ArchRule planIsPure =
      apart(
          "io.piplan.dal.plan",
          "io.piplan.dal.node",
          "io.piplan.dal.merge",
          "io.piplan.dal.tx",
          "io.piplan.dal.session",
          "java.sql..",
          "java.util.concurrent..",
          "java.time..",
          "java.net..",
          "java.io..");

  @ArchTest
  static final ArchRule mergeKnowsTheRootOnly =
      apart(
          "io.piplan.dal.merge",
          "io.piplan.dal.rules",
          "io.piplan.dal.sql",
          "io.piplan.dal.plan",
          "io.piplan.dal.node",
          "io.piplan.dal.tx",
          "io.piplan.dal.session");

  @ArchTest
  static final ArchRule nodeKnowsNoPlans =
      apart(
          "io.piplan.dal.node",
          "io.piplan.dal.sql",
          "io.piplan.dal.plan",
          "io.piplan.dal.merge",
          "io.piplan.dal.tx",
          "io.piplan.dal.session");

  @ArchTest
  static final ArchRule txKnowsNodesOnly =
      apart(
          "io.piplan.dal.tx",
          "io.piplan.dal.sql",
          "io.piplan.dal.plan",
          "io.piplan.dal.merge",
          "io.piplan.dal.session");

  @ArchTest
  static final ArchRule onlyTheReaderKnowsJSqlParser =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.piplan.dal.sql")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("net.sf.jsqlparser..");

  private static ArchRule apart(String from, String... packages) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages);
  }
}
