// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A good policy passes the contract, and each bad one fails it. */
final class CleanupPolicyContractTest implements CleanupPolicyContract {
  @TempDir Path folder;

  @Override
  public CleanupPolicy policy() {
    return new Fake(CleanupPolicyContractTest::all);
  }

  @Override
  public List<CleanupPolicy.History> withSomethingToGo() {
    return List.of(
        new CleanupPolicy.History(
            "k",
            Instant.EPOCH,
            List.of(
                version("head", CleanupPolicy.Role.HEAD), version("old", CleanupPolicy.Role.OLD))));
  }

  @Test
  @SuppressWarnings("JUnitMethodInvoked") // They are what is tested.
  void failsEachBadPolicy() {
    fails(() -> bad(history -> going("x", history, "head")).namesOnlyWhatItIsOffered());
    fails(() -> bad(history -> twice(all(history))).namesOnlyWhatItIsOffered());
    fails(() -> bad(_ -> CleanupPolicy.Decision.NOTHING).saysOfEachWhyItGoesInASentence());
    fails(() -> bad(history -> going(" ", history, "old")).saysOfEachWhyItGoesInASentence());
    fails(() -> bad(history -> going("x", history, "v1")).letsNothingGoWhereNothingIsOffered());
    fails(() ->
        bad(history ->
                history.now().isAfter(Instant.parse("2026-06-01T00:00:00Z"))
                    ? CleanupPolicy.Decision.NOTHING
                    : all(history))
            .letsGoLaterWhatItLetsGoNow());
    AtomicInteger counter = new AtomicInteger();
    fails(() ->
        bad(history -> going("" + counter.getAndIncrement(), history, "old"))
            .answersAlikeOnEveryNode());
    fails(
        () -> bad(history -> going("%d".formatted(17), history, "old")).answersAlikeOnEveryNode());
    fails(() ->
        bad(history -> going("" + counter.getAndIncrement() % 2, history, "old"))
            .answersAlikeInAnyOrderAndOnManyThreads());
    Path file = folder.resolve("notes");
    fails(() ->
        bad(
                history -> {
                  write(file);
                  return all(history);
                })
            .doesNoIoAndDoesNotSleep());
  }

  private static void fails(ThrowingCallable contract) {
    assertThatThrownBy(contract)
        .isInstanceOfAny(AssertionError.class, RuntimeException.class, ExecutionException.class);
  }

  private CleanupPolicyContract bad(
      Function<CleanupPolicy.History, CleanupPolicy.Decision> oldVersions) {
    return new CleanupPolicyContract() {
      @Override
      public CleanupPolicy policy() {
        return new Fake(oldVersions);
      }

      @Override
      public List<CleanupPolicy.History> withSomethingToGo() {
        return CleanupPolicyContractTest.this.withSomethingToGo();
      }
    };
  }

  private static CleanupPolicy.Decision all(CleanupPolicy.History history) {
    return new CleanupPolicy.Decision(
        history.versions().stream()
            .filter(version -> version.role() == CleanupPolicy.Role.OLD)
            .map(version -> new CleanupPolicy.Going(version.id(), "It is old."))
            .toList());
  }

  private static CleanupPolicy.Decision twice(CleanupPolicy.Decision decision) {
    List<CleanupPolicy.Going> both = new ArrayList<>(decision.going());
    both.addAll(decision.going());
    return new CleanupPolicy.Decision(both);
  }

  private static CleanupPolicy.Decision going(
      String reason, CleanupPolicy.History history, String id) {
    return history.versions().stream().anyMatch(version -> version.id().equals(id))
        ? new CleanupPolicy.Decision(List.of(new CleanupPolicy.Going(id, reason)))
        : CleanupPolicy.Decision.NOTHING;
  }

  private static CleanupPolicy.Version version(String id, CleanupPolicy.Role role) {
    return new CleanupPolicy.Version(
        id, role, Instant.EPOCH, Optional.empty(), 1, "", new TreeMap<>());
  }

  private static void write(Path file) {
    try {
      Files.writeString(file, "x");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Fake(Function<CleanupPolicy.History, CleanupPolicy.Decision> versions)
      implements CleanupPolicy {
    @Override
    public Decision oldVersions(History history) {
      return versions.apply(history);
    }

    @Override
    public Decision surplusCopies(Surplus surplus) {
      return new Decision(
          surplus.copies().stream().map(copy -> new Going(copy.key(), "Surplus.")).toList());
    }
  }
}
