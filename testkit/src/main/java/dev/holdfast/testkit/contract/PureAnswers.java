// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What every kind of policy owes the nodes: the same question has the same answer, wherever it is
 * asked, in whatever order, and by however many threads.
 *
 * @param policy makes one, as a node does at its start
 * @param ask puts one question to one policy
 */
record PureAnswers<P, Q, A>(
    Supplier<P> policy, List<Q> questions, Function<P, Function<Q, A>> ask) {
  private static final int THREADS = 4;

  private List<A> answers(P asked) {
    return questions.stream().map(ask.apply(asked)).toList();
  }

  void areAlikeOnEveryNode() {
    List<A> first = answers(policy.get());
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      // Its lower case of I has no dot, and its digits are others.
      Locale.setDefault(Locale.forLanguageTag("tr-TR-u-nu-arab"));
      TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Apia"));
      P other = policy.get();
      assertThat(answers(other)).isEqualTo(first);
      assertThat(answers(other)).as("the second time").isEqualTo(first);
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
  }

  void areAlikeInAnyOrderAndOnManyThreads() throws Exception {
    P asked = policy.get();
    List<A> expected = answers(asked);
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Boolean>> runs = new ArrayList<>();
      for (int seed = 0; seed < THREADS; seed++) {
        List<Integer> order =
            new ArrayList<>(IntStream.range(0, questions.size()).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        runs.add(() -> {
          for (int i : order) {
            assertThat(ask.apply(asked).apply(questions.get(i))).isEqualTo(expected.get(i));
          }
          return true;
        });
      }
      for (Future<Boolean> run : threads.invokeAll(runs)) {
        assertThat(run.get()).isTrue();
      }
    }
  }
}
