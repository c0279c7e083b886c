// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** What holds over all modules that are distributed: this one sees the node and the client too. */
final class ArchitectureTest {
  /**
   * Where the clock of the system is named: three wirings of a process, two of a backend, and two
   * timers that are threads. Everybody else is given the time, so that a test can hold it.
   */
  private static final Set<String> TIME_SOURCES =
      Set.of(
          "dev.holdfast.cli.Main",
          "dev.holdfast.node.Node",
          "dev.holdfast.client.Time$SystemTime",
          "dev.holdfast.coordinator.raft.RaftCoordinatorFactory",
          "dev.holdfast.coordinator.zk.ZkCoordinatorFactory",
          "dev.holdfast.coordinator.raft.transport.Timeouts");

  private static final ArchRule TIME_IS_GIVEN =
      noClasses()
          .that(describe("are no source of time", type -> !TIME_SOURCES.contains(type.getName())))
          .should()
          .accessTargetWhere(
              describe("the clock of the system is asked", access -> isClock(access.getTarget())));

  /** Calls and method references alike. */
  private static boolean isClock(AccessTarget target) {
    JavaClass owner = target.getOwner();
    String name = target.getName();
    if (owner.isEquivalentTo(System.class)) {
      return name.equals("nanoTime") || name.equals("currentTimeMillis");
    }
    return owner.getPackageName().equals("java.time")
        && (name.startsWith("system") || name.equals("now"));
  }

  @Test
  void onlyTheSourcesOfTimeAskTheSystem() {
    TIME_IS_GIVEN.check(
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // Its users are tests of real processes, which wait in real time.
            .withImportOption(location -> !location.contains("/testkit/"))
            .withImportOption(location -> !location.contains("holdfast-testkit"))
            .importPackages("dev.holdfast"));
  }

  @Test
  void aCallAndAReferenceAreBothSeen() {
    record Asking(long begun) {
      Asking() {
        this(System.nanoTime());
      }
    }
    record Naming(LongSupplier nanos) {
      Naming() {
        this(System::nanoTime);
      }
    }
    record Telling(InstantSource clock) {
      Telling() {
        this(InstantSource.system());
      }
    }
    record Stamping(Instant at) {
      Stamping() {
        this(Instant.now());
      }
    }
    record Zoned(Clock clock) {
      Zoned() {
        this(Clock.systemUTC());
      }
    }

    for (Class<?> type :
        Set.of(Asking.class, Naming.class, Telling.class, Stamping.class, Zoned.class)) {
      assertThatThrownBy(() -> TIME_IS_GIVEN.check(new ClassFileImporter().importClasses(type)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining(type.getSimpleName());
    }
  }
}
