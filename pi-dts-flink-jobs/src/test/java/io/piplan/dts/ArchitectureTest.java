package io.piplan.dts;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;

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

  @ArchTest
  static final ArchRule packagesFormNoCircles =
      slices().matching(DTS + ".(*)..").should().beFreeOfCycles();

  /** What a package may import of the others; docs/architecture.md says the same. */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          Map.entry("value", Set.of()),
          Map.entry("jdbc", Set.of()),
          Map.entry("loopback", Set.of()),
          Map.entry("binlog", Set.of("jdbc")),
          Map.entry("sql", Set.of("jdbc")),
          Map.entry("apply", Set.of("jdbc", "loopback", "value")),
          Map.entry("schema", Set.of("apply", "jdbc")),
          Map.entry("copy", Set.of("jdbc", "schema")),
          Map.entry("ddl", Set.of("jdbc", "schema")),
          Map.entry("hive", Set.of("apply", "copy", "ddl", "jdbc", "schema", "sql")),
          Map.entry("verify", Set.of("hive", "jdbc", "value")),
          Map.entry("resync", Set.of("apply", "copy", "jdbc", "schema", "sql", "verify")),
          Map.entry("check", Set.of("apply", "hive", "jdbc", "loopback", "schema", "sql")));

  @ArchTest
  static void packagesImportWhatTheyMay(JavaClasses all) {
    MAY_IMPORT.forEach(
        (name, allowed) ->
            classes()
                .that()
                .resideInAPackage(DTS + "." + name)
                .should()
                .onlyDependOnClassesThat(
                    resideOutsideOfPackage(DTS + ".*..")
                        .or(resideInAnyPackage(DTS, DTS + "." + name))
                        .or(
                            resideInAnyPackage(
                                allowed.stream().map(a -> DTS + "." + a).toArray(String[]::new))))
                .check(all));
  }
}
