package io.piplan.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about packages. */
@AnalyzeClasses(packages = "io.piplan.proxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String PROXY = "io.piplan.proxy";

  @ArchTest
  static final ArchRule vocabularyImportsNothing =
      classes()
          .that()
          .resideInAPackage(PROXY)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(PROXY, "java..");

  @ArchTest
  static final ArchRule nothingImportsTheServer =
      noClasses()
          .that()
          .resideOutsideOfPackage(PROXY + ".server..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(PROXY + ".server..");

  @ArchTest
  static final ArchRule theProtocolKnowsBuffersOnly =
      classes()
          .that()
          .resideInAPackage(PROXY + ".protocol..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              PROXY,
              PROXY + ".protocol..",
              "java..",
              "io.netty.buffer..",
              "io.netty.handler.codec",
              "io.netty.util..");

  @ArchTest
  static final ArchRule loggingInIsAFunction =
      classes()
          .that()
          .resideInAPackage(PROXY + ".auth..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(PROXY + ".auth..", "java..", "javax.crypto..");

  @ArchTest
  static final ArchRule nodesKnowNoClients =
      noClasses()
          .that()
          .resideInAPackage(PROXY + ".node..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PROXY + ".command..", PROXY + ".admin..");

  @ArchTest
  static final ArchRule commandsKnowNoChannels =
      noClasses()
          .that()
          .resideInAPackage(PROXY + ".command..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.channel..", PROXY + ".admin..");

  @ArchTest
  static final ArchRule routedKnowsNoChannels =
      noClasses()
          .that()
          .resideInAPackage(PROXY + ".routed..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.channel..", PROXY + ".admin..", PROXY + ".node..");

  @ArchTest
  static final ArchRule onlyRoutedWireRightsAndServerKnowPiDal =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              PROXY + ".routed..", PROXY + ".wire..", PROXY + ".rights..", PROXY + ".server..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.piplan.dal..");
}
