// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import org.junit.jupiter.api.Test;

/** CEL and YAML do not leave the module. */
final class ModuleTest {
  private static final JavaClasses MODULE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.holdfast.policy");

  private static final DescribedPredicate<JavaClass> FOREIGN =
      DescribedPredicate.describe(
          "of CEL, Guava, protobuf or YAML",
          type ->
              type.getPackageName().startsWith("dev.cel")
                  || type.getPackageName().startsWith("com.google")
                  || type.getPackageName().startsWith("org.snakeyaml"));

  @Test
  void celIsKnownToOnePackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.holdfast.policy.cel")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cel..", "com.google..")
        .check(MODULE);
    noClasses()
        .that()
        .resideInAPackage("dev.holdfast.policy.cel")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.snakeyaml..")
        .check(MODULE);
  }

  @Test
  void whatOthersSeeNamesNoForeignType() {
    noMethods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should(ArchConditions.haveRawReturnType(FOREIGN))
        .orShould(ArchConditions.haveRawParameterTypes(DescribedPredicate.anyElementThat(FOREIGN)))
        .check(MODULE);
  }
}
