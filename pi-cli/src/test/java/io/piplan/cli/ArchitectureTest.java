package io.piplan.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.piplan.cli");

  @Test
  void theRootIsVocabulary() {
    noClasses()
        .that()
        .resideInAPackage("io.piplan.cli")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.piplan.cli.demo..", "io.piplan.cli.command..")
        .check(classes);
  }

  @Test
  void nothingImportsTheCommands() {
    noClasses()
        .that()
        .resideInAPackage("io.piplan.cli.demo..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.piplan.cli.command..")
        .check(classes);
  }
}
