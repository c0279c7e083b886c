// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.cleanup.CleanupPolicy.Copy;
import dev.holdfast.spi.cleanup.CleanupPolicy.Decision;
import dev.holdfast.spi.cleanup.CleanupPolicy.Going;
import dev.holdfast.spi.cleanup.CleanupPolicy.History;
import dev.holdfast.spi.cleanup.CleanupPolicy.Role;
import dev.holdfast.spi.cleanup.CleanupPolicy.Surplus;
import dev.holdfast.spi.cleanup.CleanupPolicy.Version;
import dev.holdfast.spi.placement.ClusterMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

/**
 * What every cleanup policy must pass. Its author implements this in a test class: the policy, and
 * histories of which something goes. Beside them it is asked about made-up ones: long, without
 * times that make sense, with clocks that are wrong by years, with metadata of any kind.
 */
public interface CleanupPolicyContract {
  int HOSTILE = 300;

  /** A new one each time, as on another node. */
  CleanupPolicy policy();

  /** At least one; of each something goes. */
  List<History> withSomethingToGo();

  @Test
  default void namesOnlyWhatItIsOffered() {
    CleanupPolicy policy = policy();
    for (History history : histories()) {
      Set<String> old =
          history.versions().stream()
              .filter(version -> version.role() == Role.OLD)
              .map(Version::id)
              .collect(Collectors.toSet());
      assertOffered(policy.oldVersions(history), old);
    }
    for (Surplus surplus : surpluses()) {
      Set<String> keys = surplus.copies().stream().map(Copy::key).collect(Collectors.toSet());
      assertOffered(policy.surplusCopies(surplus), keys);
    }
  }

  @Test
  default void saysOfEachWhyItGoesInASentence() {
    CleanupPolicy policy = policy();
    for (History history : withSomethingToGo()) {
      assertThat(policy.oldVersions(history).going()).as("%s", history).isNotEmpty();
    }
    for (Decision decision : answers(policy)) {
      assertThat(decision.going())
          .allSatisfy(one -> assertThat(one.reason()).isNotBlank().hasSizeLessThan(500));
    }
  }

  @Test
  default void letsNothingGoWhereNothingIsOffered() {
    CleanupPolicy policy = policy();
    for (History history : histories()) {
      List<Version> needed =
          history.versions().stream().filter(version -> version.role() != Role.OLD).toList();
      assertThat(policy.oldVersions(new History(history.key(), history.now(), needed)).going())
          .isEmpty();
    }
    for (Surplus surplus : surpluses()) {
      assertThat(
              policy
                  .surplusCopies(
                      new Surplus(surplus.now(), surplus.node(), surplus.freeBytes(), List.of()))
                  .going())
          .isEmpty();
    }
  }

  /** A version that goes today goes tomorrow too: else histories would depend on when one looks. */
  @Test
  default void letsGoLaterWhatItLetsGoNow() {
    CleanupPolicy policy = policy();
    for (History history : histories()) {
      History later =
          new History(history.key(), history.now().plus(Duration.ofDays(400)), history.versions());
      Set<String> goingLater = new HashSet<>(ids(policy.oldVersions(later)));
      assertThat(ids(policy.oldVersions(history))).allMatch(goingLater::contains);
    }
  }

  /** Nodes must keep one history, wherever they are and however long they run. */
  @Test
  default void answersAlikeOnEveryNode() {
    new PureAnswers<>(this::policy, histories(), policy -> policy::oldVersions)
        .areAlikeOnEveryNode();
  }

  @Test
  default void answersAlikeInAnyOrderAndOnManyThreads() throws Exception {
    new PureAnswers<>(this::policy, histories(), policy -> policy::oldVersions)
        .areAlikeInAnyOrderAndOnManyThreads();
  }

  @Test
  default void doesNoIoAndDoesNotSleep() throws IOException {
    CleanupPolicy policy = policy();
    answers(policy); // Loads its classes, which reads files.
    Path file = Files.createTempFile("cleanup", ".jfr");
    try (Recording recording = new Recording()) {
      MergePolicyContract.IO_EVENTS.forEach(
          event -> recording.enable(event).withThreshold(Duration.ZERO));
      recording.start();
      answers(policy);
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertThat(events.stream().filter(CleanupPolicyContract::isOfThisThread)).isEmpty();
    } finally {
      Files.delete(file);
    }
  }

  private static boolean isOfThisThread(RecordedEvent event) {
    return event.getThread() != null
        && event.getThread().getJavaThreadId() == Thread.currentThread().threadId();
  }

  private static void assertOffered(Decision decision, Set<String> offered) {
    List<String> ids = ids(decision);
    assertThat(new HashSet<>(ids)).as("each once").hasSameSizeAs(ids);
    assertThat(offered.containsAll(ids)).as("%s of %s", ids, offered).isTrue();
  }

  private static List<String> ids(Decision decision) {
    return decision.going().stream().map(Going::id).toList();
  }

  private List<Decision> answers(CleanupPolicy policy) {
    List<Decision> answers = new ArrayList<>();
    histories().forEach(history -> answers.add(policy.oldVersions(history)));
    surpluses().forEach(surplus -> answers.add(policy.surplusCopies(surplus)));
    return answers;
  }

  private List<History> histories() {
    List<History> all = new ArrayList<>(withSomethingToGo());
    for (int seed = 0; seed < HOSTILE; seed++) {
      Random random = new Random(seed);
      List<Version> versions = new ArrayList<>();
      int count = seed == 0 ? 5_000 : random.nextInt(60);
      for (int i = 0; i < count; i++) {
        versions.add(version(i, random));
      }
      all.add(new History("key" + seed, instant(random), versions));
    }
    return all;
  }

  private static Version version(int i, Random random) {
    List<Role> roles = List.of(Role.values());
    Role role = roles.get(random.nextInt(roles.size()));
    return new Version(
        "v" + i,
        role,
        instant(random),
        random.nextBoolean() ? Optional.of(instant(random)) : Optional.empty(),
        random.nextInt(4) == 0 ? Long.MAX_VALUE : random.nextInt(1_000_000),
        random.nextBoolean() ? "" : "Text/İ; a=\"",
        metadata(random));
  }

  private static SortedMap<String, String> metadata(Random random) {
    SortedMap<String, String> metadata = new TreeMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      metadata.put("m" + i, "\u0130" + i);
    }
    if (random.nextInt(8) == 0) {
      metadata.put("legal-hold", "");
    }
    return metadata;
  }

  /** Clocks that stand still, at zero, far ahead, or nearly right. */
  private static Instant instant(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> Instant.EPOCH;
      case 1 -> Instant.parse("9999-12-31T23:59:59Z");
      case 2 -> Instant.parse("-0001-01-01T00:00:00Z");
      default -> Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(30_000_000));
    };
  }

  private static List<Surplus> surpluses() {
    List<Surplus> all = new ArrayList<>();
    for (int seed = 0; seed < HOSTILE; seed++) {
      Random random = new Random(seed);
      List<Copy> copies = new ArrayList<>();
      for (int i = random.nextInt(seed == 0 ? 1_000 : 20); i > 0; i--) {
        copies.add(
            new Copy(
                "k" + i + " \n/İ",
                random.nextInt(1, 9),
                random.nextInt(4) == 0 ? Long.MAX_VALUE : random.nextInt(1_000),
                random.nextBoolean()));
      }
      all.add(
          new Surplus(
              instant(random),
              new ClusterMap.Node("n1", Map.of(), 1, ClusterMap.State.ACTIVE),
              random.nextInt(3) == 0 ? 0 : random.nextLong(1L << 50),
              copies));
    }
    return all;
  }
}
