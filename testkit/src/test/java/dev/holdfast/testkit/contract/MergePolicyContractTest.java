// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A good policy passes the contract, and each bad one fails it. */
final class MergePolicyContractTest implements MergePolicyContract {
  @TempDir Path folder;

  @Override
  public MergePolicy policy() {
    return new Fake(Set.of("text/plain"), MergePolicyContractTest::longer);
  }

  @Override
  public List<MergePolicy.Request> mergeable() {
    return List.of(
        new MergePolicy.Request(
            "k", "text/plain", Optional.of(side("a")), side("ab"), side("abc")));
  }

  @Test
  @SuppressWarnings("JUnitMethodInvoked") // They are what is tested.
  void failsEachBadPolicy() {
    fails(() ->
        bad(new Fake(Set.of("Text/Plain"), MergePolicyContractTest::longer))
            .namesTypesInLowerCaseWithoutParameters());
    fails(
        () -> bad(_ -> new MergePolicy.Declined("no")).mergesWhatItSaysAndDeclinesWithASentence());
    fails(() ->
        bad(request ->
                request.branch().bytes().isEmpty() ? new MergePolicy.Declined("") : longer(request))
            .mergesWhatItSaysAndDeclinesWithASentence());
    AtomicInteger counter = new AtomicInteger();
    fails(() -> bad(_ -> merged("" + counter.getAndIncrement())).answersAlikeOnEveryNode());
    fails(() -> bad(_ -> merged("%d".formatted(counter.get() + 17))).answersAlikeOnEveryNode());
    fails(() ->
        bad(_ -> merged("" + counter.getAndIncrement() % 2))
            .answersAlikeInAnyOrderAndOnManyThreads());
    fails(() ->
        bad(request -> merged(request.head().bytes().toUtf8().substring(1)))
            .staysWithinTheLimitsWhateverTheBytesAre());
    fails(() ->
        bad(request -> merged(request.head().bytes().toUtf8() + request.branch().bytes().toUtf8()))
            .staysWithinTheLimitsWhateverTheBytesAre());
    Path file = folder.resolve("notes");
    fails(() ->
        bad(
                request -> {
                  write(file);
                  return longer(request);
                })
            .doesNoIoAndDoesNotSleep());
  }

  private static void fails(ThrowingCallable contract) {
    assertThatThrownBy(contract)
        .isInstanceOfAny(AssertionError.class, RuntimeException.class, ExecutionException.class);
  }

  private MergePolicyContract bad(Function<MergePolicy.Request, MergePolicy.Outcome> merge) {
    return bad(new Fake(Set.of("text/plain"), merge));
  }

  private MergePolicyContract bad(MergePolicy policy) {
    Supplier<List<MergePolicy.Request>> requests = this::mergeable;
    return new MergePolicyContract() {
      @Override
      public MergePolicy policy() {
        return policy;
      }

      @Override
      public List<MergePolicy.Request> mergeable() {
        return requests.get();
      }
    };
  }

  private record Fake(
      Set<String> contentTypes, Function<MergePolicy.Request, MergePolicy.Outcome> answer)
      implements MergePolicy {
    @Override
    public Outcome merge(Request request) {
      return answer.apply(request);
    }
  }

  private static MergePolicy.Outcome longer(MergePolicy.Request request) {
    boolean isHead = request.head().bytes().length() >= request.branch().bytes().length();
    MergePolicy.Side side = isHead ? request.head() : request.branch();
    return new MergePolicy.Merged(side.bytes(), side.metadata());
  }

  private static MergePolicy.Outcome merged(String text) {
    return new MergePolicy.Merged(Bytes.utf8(text), new TreeMap<>());
  }

  private static MergePolicy.Side side(String text) {
    return new MergePolicy.Side(Bytes.utf8(text), new TreeMap<>());
  }

  private static void write(Path file) {
    try {
      Files.writeString(file, "seen");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
