// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who uses the client gets the protocol and Jackson with it, and nothing of the node. */
final class ArchitectureTest {
  private static final JavaClasses CLIENT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.holdfast.client");

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
    KNOWS_NO_WALL_CLOCK.check(CLIENT);
  }

  @Test
  void theClientSeesTheProtocolOnly() {
    SEES_THE_PROTOCOL_ONLY.check(CLIENT);
  }

  @Test
  void wouldSeeAnotherLibrary() {
    JavaClasses other = new ClassFileImporter().importClasses(FakeNode.class);

    assertThatThrownBy(() -> SEES_THE_PROTOCOL_ONLY.check(other))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("io.undertow");
  }

  /** Who reads one class of a tangle has to read all of it. It was 23 of them once. */
  @Test
  void noMoreThanADozenClassesNeedEachOther() {
    Map<String, Set<String>> needs = new HashMap<>();
    for (JavaClass type : CLIENT) {
      Set<String> found = needs.computeIfAbsent(topLevel(type), key -> new HashSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        if (CLIENT.contain(dependency.getTargetClass().getName())) {
          found.add(topLevel(dependency.getTargetClass()));
        }
      }
    }
    Map<String, Set<String>> reached = new HashMap<>();
    needs.keySet().forEach(type -> reached.put(type, reached(type, needs)));

    for (String type : needs.keySet()) {
      List<String> tangle =
          reached.getOrDefault(type, Set.of()).stream()
              .filter(other -> reached.getOrDefault(other, Set.of()).contains(type))
              .toList();
      assertThat(tangle).as("the tangle of " + type).hasSizeLessThanOrEqualTo(12);
    }
  }

  private static Set<String> reached(String from, Map<String, Set<String>> needs) {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>(needs.getOrDefault(from, Set.of()));
    while (!next.isEmpty()) {
      String type = next.pop();
      if (reached.add(type)) {
        next.addAll(needs.getOrDefault(type, Set.of()));
      }
    }
    return reached;
  }

  private static String topLevel(JavaClass type) {
    return type.getName().replaceFirst("\\$.*", "");
  }
}
