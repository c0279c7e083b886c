// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code -Dholdfast.seeds=N}: how many histories of each kind. */
@Timeout(120)
final class RandomHistoriesTest {
  private static final int SEEDS = Integer.getInteger("holdfast.seeds", 100);
  private static final int OPERATIONS = 200;
  private static final int MANY_OPERATIONS = 2_000;

  private final Checker checker = new Checker(Duration.ofSeconds(30));

  @Test
  void passesWhatARegisterDid() {
    for (int seed = 0; seed < SEEDS; seed++) {
      assertThat(judge(new RegisterModel(), register(seed).operations()))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Linearizable.class);
    }
  }

  @Test
  void passesWhatALockDid() {
    for (int seed = 0; seed < SEEDS; seed++) {
      assertThat(judge(new LockModel(), lock(seed).operations()))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Linearizable.class);
    }
  }

  @Test
  void decidesThousandsOfOperations() {
    List<Operation> operations = new RandomHistories(1).register(MANY_OPERATIONS).operations();

    assertThat(judge(new RegisterModel(), operations)).isInstanceOf(Verdict.Linearizable.class);
    assertThat(judge(new RegisterModel(), withReadOf(operations, "nobody's")))
        .isInstanceOf(Verdict.Violated.class);
  }

  @Test
  void givesUpInTimeAndCallsItAFailure() {
    List<Operation> operations = new RandomHistories(1).register(MANY_OPERATIONS).operations();

    Verdict verdict = new Checker(Duration.ZERO).check(new RegisterModel(), operations).getFirst();

    assertThat(verdict).isInstanceOf(Verdict.Undecided.class);
    assertThat(verdict.isOk()).isFalse();
  }

  @Test
  void failsAnOldValueAtTheEnd() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomHistories history = register(seed);
      List<Operation> writes =
          history.operations().stream().filter(RandomHistoriesTest::isWritten).toList();
      // Acknowledged after it, and called after it was acknowledged: it is gone for ever.
      Operation first = writes.getFirst();
      boolean overwritten =
          writes.stream().anyMatch(write -> write.callNanos() > first.returnNanos());
      assertThat(overwritten).isTrue();

      List<Operation> wrong =
          with(
              history.operations(),
              at(history.later(), "read", Map.of(), Map.of("value", first.in("value"))));

      assertThat(judge(new RegisterModel(), wrong))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Violated.class);
    }
  }

  @Test
  void failsACompareAndSetThatWorksTwice() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomHistories history = register(seed);
      Operation cas =
          history.operations().stream()
              .filter(operation -> operation.name().equals("cas") && operation.isOk())
              .findFirst()
              .orElseThrow();

      List<Operation> wrong =
          with(history.operations(), at(history.later(), "cas", cas.input(), Map.of()));

      assertThat(judge(new RegisterModel(), wrong))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Violated.class);
    }
  }

  @Test
  void failsMostReadsThatGotAnotherValue() {
    int failed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      List<Operation> operations = new ArrayList<>(register(seed).operations());
      List<Operation> reads =
          operations.stream().filter(it -> it.name().equals("read") && it.isOk()).toList();
      List<Operation> writes = operations.stream().filter(RandomHistoriesTest::isWritten).toList();
      Operation read = reads.get(random.nextInt(reads.size()));
      Operation write = writes.get(random.nextInt(writes.size()));
      operations.set(
          operations.indexOf(read),
          read.with(
              Outcome.OK,
              read.returnNanos(),
              Map.of("value", write.in("value"), "version", write.out("version"))));
      failed += judge(new RegisterModel(), operations).isOk() ? 0 : 1;
    }
    assertThat(failed).isGreaterThan(SEEDS * 3 / 4);
  }

  @Test
  void failsATokenThatIsNotGreater() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomHistories history = lock(seed);
      String last =
          history.operations().stream()
              .filter(operation -> operation.name().equals("acquire") && operation.isOk())
              .toList()
              .getLast()
              .out("token");
      long later = history.later();

      List<Operation> wrong =
          with(
              history.operations(),
              opened(later, "x"),
              at(later + 5_000, "acquire", owner("x"), Map.of("token", last)));

      assertThat(judge(new LockModel(), wrong))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Violated.class);
    }
  }

  @Test
  void failsTwoGrantsAtOnce() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomHistories history = lock(seed);
      long later = history.later() + 5_000;

      List<Operation> wrong =
          with(
              history.operations(),
              opened(later, "x"),
              opened(later, "y"),
              at(later + 10, "acquire", owner("x"), Map.of("token", "1000001")),
              at(later + 20, "acquire", owner("y"), Map.of("token", "1000002")));
      List<Operation> right = wrong.subList(0, wrong.size() - 1);

      assertThat(judge(new LockModel(), right)).as("seed " + seed).matches(Verdict::isOk);
      assertThat(judge(new LockModel(), wrong))
          .as("seed " + seed)
          .isInstanceOf(Verdict.Violated.class);
    }
  }

  private static RandomHistories register(long seed) {
    return new RandomHistories(seed).register(OPERATIONS);
  }

  private static RandomHistories lock(long seed) {
    return new RandomHistories(seed).lock(OPERATIONS, 5);
  }

  private static boolean isWritten(Operation operation) {
    return operation.isOk() && operation.output().containsKey("version") && !isRead(operation);
  }

  private static boolean isRead(Operation operation) {
    return operation.name().equals("read");
  }

  private List<Operation> withReadOf(List<Operation> operations, String value) {
    long end = TimeUnit.NANOSECONDS.toMillis(operations.getLast().callNanos()) + 1_000;
    return with(operations, at(end, "read", Map.of(), Map.of("value", value)));
  }

  private static Operation opened(long atMillis, String session) {
    return at(atMillis, "open", owner(session), Map.of("session", session));
  }

  private static Map<String, String> owner(String session) {
    return Map.of(
        "session",
        session,
        "holder",
        "h",
        "ttlMillis",
        Integer.toString(RandomHistories.TTL_MILLIS));
  }

  private static Operation at(
      long atMillis, String name, Map<String, String> input, Map<String, String> output) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(atMillis);
    return new Operation("q", "o", name, input, nanos, nanos + 1, Outcome.OK, output);
  }

  private static List<Operation> with(List<Operation> operations, Operation... more) {
    List<Operation> all = new ArrayList<>(operations);
    all.addAll(List.of(more));
    return all;
  }

  private Verdict judge(Model<?> model, List<Operation> operations) {
    return checker.check(model, operations).getFirst();
  }
}
