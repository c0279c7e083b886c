// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** Who uses the client gets the protocol and Jackson with it, and nothing of the node. */
final class ArchitectureTest {
  private static final ArchRule SEES_THE_PROTOCOL_ONLY =
      classes()
          .that()
          .resideInAPackage("dev.holdfast.client..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "org.jspecify..",
              "tools.jackson..",
              "dev.holdfast.protocol..",
              "dev.holdfast.client..");

  /** An operator, or an NTP daemon, sets the wall clock by hours: no deadline may feel it. */
  private static final ArchRule KNOWS_NO_WALL_CLOCK =
      com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses()
          .that()
          .resideInAPackage("dev.holdfast.client..")
          .and()
          // When a node says that something happened; nothing is decided by it.
          .doNotHaveFullyQualifiedName("dev.holdfast.client.ClusterEvent")
          .and()
          .doNotHaveFullyQualifiedName("dev.holdfast.client.EventStream")
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.time\\.(Instant|Clock|LocalDateTime|ZonedDateTime)");

  @Test
  void theClientKnowsNoWallClock() {
    KNOWS_NO_WALL_CLOCK.check(
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.holdfast.client"));
  }

  @Test
  void theClientSeesTheProtocolOnly() {
    JavaClasses client =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.holdfast.client");

    SEES_THE_PROTOCOL_ONLY.check(client);
  }

  @Test
  void wouldSeeAnotherLibrary() {
    JavaClasses other = new ClassFileImporter().importClasses(FakeNode.class);

    assertThatThrownBy(() -> SEES_THE_PROTOCOL_ONLY.check(other))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("io.undertow");
  }
}
