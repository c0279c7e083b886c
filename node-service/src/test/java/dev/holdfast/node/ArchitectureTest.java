// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.http.Routes;
import org.junit.jupiter.api.Test;

/** The dependency rules of the design: everything points downward, and libraries stay at home. */
final class ArchitectureTest {
  private static final JavaClasses HOLDFAST =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.holdfast");

  @Test
  void theSpiSeesTheJdkAndJspecifyOnly() {
    holds(
        classes()
            .that()
            .resideInAPackage("dev.holdfast.spi..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "java..", "javax.crypto..", "org.jspecify..", "dev.holdfast.spi.."));
  }

  @Test
  void theCoreSeesTheSpiOnly() {
    holds(
        classes()
            .that()
            .resideInAPackage("dev.holdfast.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "java..", "org.jspecify..", "dev.holdfast.spi..", "dev.holdfast.core.."));
  }

  @Test
  void theProtocolSeesNothingOfTheNode() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("dev.holdfast.protocol..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "dev.holdfast.spi..",
                "dev.holdfast.core..",
                "dev.holdfast.node..",
                "dev.holdfast.coordinator.."));
  }

  @Test
  void theNodeKnowsNoBackend() {
    staysIn("dev.holdfast.coordinator.raft..", "dev.holdfast.coordinator.raft..");
    staysIn("dev.holdfast.coordinator.zk..", "dev.holdfast.coordinator.zk..");
  }

  @Test
  void ratisStaysInItsCoordinator() {
    staysIn("org.apache.ratis..", "dev.holdfast.coordinator.raft..");
  }

  @Test
  void zooKeeperStaysInItsCoordinator() {
    staysIn("org.apache.zookeeper..", "dev.holdfast.coordinator.zk..");
    staysIn("org.apache.curator..", "dev.holdfast.coordinator.zk..");
  }

  @Test
  void undertowStaysAtTheEdges() {
    String[] edges = {
      "dev.holdfast.node.http..",
      "dev.holdfast.node.peer..",
      "dev.holdfast.node.port..",
      "dev.holdfast.node.websocket.."
    };
    staysIn("io.undertow..", edges);
    staysIn("org.xnio..", edges);
  }

  /** Services answer with outcomes; what a client is told of them is said in one place. */
  @Test
  void onlyTheEdgesOfAFeatureKnowHttp() {
    String edges = ".*(Routes|Frames|Feature|Input|Problems|ProblemCodes|Operations)(\\$.*)?";
    String wiring =
        ".*\\.node\\.(config|peer|metrics|websocket|socket|http)\\..*|dev\\.holdfast\\.node\\.[A-Z].*";
    holds(
        noClasses()
            .that()
            .resideInAPackage("dev.holdfast.node..")
            .and()
            .haveNameNotMatching(edges + "|" + wiring)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.holdfast.node.http.."));
  }

  @Test
  void kryoStaysAtThePeerPort() {
    staysIn("com.esotericsoftware..", "dev.holdfast.node.peer..");
  }

  @Test
  void lmdbStaysInTheTwoStores() {
    staysIn("org.lmdbjava..", "dev.holdfast.coordinator.raft..", "dev.holdfast.node.store..");
  }

  /** Whoever reads one feature need not know all others. */
  @Test
  void theFeaturesOfTheNodeHaveNoCycles() {
    holds(slices().matching("dev.holdfast.node.(*)..").should().beFreeOfCycles());
  }

  /** Each feature assembles itself, and {@link Node} stays a list of them. */
  @Test
  void onlyItsFeatureMakesAPart() {
    holds(
        classes()
            .that()
            .haveNameMatching("dev\\.holdfast\\.node\\..*(Routes|Service|Gateway|Board|Sweeper)")
            .and()
            .areNotInterfaces()
            .should()
            .onlyHaveDependentClassesThat()
            .resideOutsideOfPackage("dev.holdfast.node"));
    holds(
        constructors()
            .that()
            .areDeclaredInClassesThat()
            .implement(Routes.class)
            .should()
            .onlyBeCalled()
            .byClassesThat()
            .implement(Feature.class));
  }

  @Test
  void noFeatureSeesTheWiring() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("dev.holdfast.node.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.holdfast.node"));
  }

  private static void staysIn(String library, String... homes) {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackages(homes)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(library));
  }

  private static void holds(ArchRule rule) {
    rule.check(HOLDFAST);
  }
}
