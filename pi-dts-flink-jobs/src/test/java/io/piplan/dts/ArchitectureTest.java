package io.piplan.dts;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds what docs/architecture.md says about packages. */
@AnalyzeClasses(packages = "io.piplan.dts", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String DTS = "io.piplan.dts";

  @ArchTest
  static final ArchRule vocabularyImportsNothing =
      classes()
          .that()
          .resideInAPackage(DTS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(DTS, "java..", "com.ibm.icu..");

  @ArchTest
  static final ArchRule loopbackIsPure =
      classes()
          .that()
          .resideInAPackage(DTS + ".loopback..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(DTS, DTS + ".loopback..", "io.piplan.meta..", "java..");

  @ArchTest
  static final ArchRule nothingImportsJob =
      noClasses()
          .that()
          .resideOutsideOfPackage(DTS + ".job..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DTS + ".job..");

  @ArchTest
  static final ArchRule flinkStaysInItsAdapters =
      noClasses()
          .that()
          .resideOutsideOfPackages(DTS + ".flink..", DTS + ".job..", DTS + ".binlog..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.flink..");

  @ArchTest
  static final ArchRule debeziumStaysAtTheBinlog =
      noClasses()
          .that()
          .resideOutsideOfPackages(DTS + ".flink..", DTS + ".binlog..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.debezium..", "com.github.shyiko..", "org.apache.flink.cdc..");

  @ArchTest
  static final ArchRule applyIsALeaf =
      noClasses()
          .that()
          .resideInAPackage(DTS + ".apply..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              DTS + ".schema..",
              DTS + ".copy..",
              DTS + ".flink..",
              DTS + ".sql..",
              DTS + ".binlog..",
              DTS + ".check..",
              DTS + ".verify..");

  @ArchTest
  static final ArchRule checksKnowNoFlink =
      noClasses()
          .that()
          .resideInAPackage(DTS + ".check..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DTS + ".flink..", DTS + ".binlog..", DTS + ".copy..");

  @ArchTest
  static final ArchRule nobodyDeserializesJavaObjects =
      noClasses().should().callMethod(java.io.ObjectInputStream.class, "readObject");
}
