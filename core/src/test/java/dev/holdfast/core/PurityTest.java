// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The module decides, and does nothing else. */
final class PurityTest {
  private static final ArchRule DEPENDS_ON_LITTLE =
      classes()
          .that()
          .resideInAPackage("dev.holdfast.core..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.holdfast.core..", "dev.holdfast.spi..", "org.jspecify..", "java..");

  private static final ArchRule HAS_NO_THREAD_CHANCE_OR_IO =
      noClasses()
          .that()
          .resideInAPackage("dev.holdfast.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.util.concurrent..",
              "java.util.random..",
              "java.io..",
              "java.net..",
              "java.nio.file..",
              "java.nio.channels..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.lang\\.(Thread|ThreadLocal|ScopedValue|Process|Runtime)"
                  + "|java\\.util\\.(Random|UUID|Timer|Date)|java\\.security\\.SecureRandom"
                  + "|java\\.time\\.(Clock|Local.*|Zoned.*|Offset.*)");

  /** An Instant is a value, of a machine's data for example; to ask for the present one is not. */
  private static final Set<String> CLOCKS_AND_CHANCE =
      Set.of("nanoTime", "currentTimeMillis", "now", "random", "identityHashCode", "getenv");

  private static final ArchRule ASKS_NO_CLOCK =
      noClasses()
          .that()
          .resideInAPackage("dev.holdfast.core..")
          .should()
          .callMethodWhere(
              new DescribedPredicate<JavaCall<?>>("a clock or chance of the JDK") {
                @Override
                public boolean test(JavaCall<?> call) {
                  return call.getTargetOwner().getPackageName().startsWith("java.")
                      && CLOCKS_AND_CHANCE.contains(call.getName());
                }
              });

  @Test
  void decidesWithoutClockThreadChanceOrIo() {
    JavaClasses core =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.holdfast.core");

    DEPENDS_ON_LITTLE.check(core);
    HAS_NO_THREAD_CHANCE_OR_IO.check(core);
    ASKS_NO_CLOCK.check(core);
  }

  @Test
  void wouldSeeAClassThatDoesNot() {
    JavaClasses impure = new ClassFileImporter().importClasses(Impure.class);

    assertThatThrownBy(() -> DEPENDS_ON_LITTLE.check(impure)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> HAS_NO_THREAD_CHANCE_OR_IO.check(impure))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> ASKS_NO_CLOCK.check(impure)).isInstanceOf(AssertionError.class);
  }

  private static final class Impure {
    private final Random random = new Random(System.nanoTime());

    @Test
    void chance() {
      random.nextInt();
    }
  }
}
