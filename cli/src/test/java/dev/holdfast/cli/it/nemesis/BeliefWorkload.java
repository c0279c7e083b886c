// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.Session;
import dev.holdfast.testkit.history.Beliefs;
import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.Operation;
import dev.holdfast.testkit.history.Outcome;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Programs with the Java client that count under one lock. Recorded is for how long each believed
 * to hold it: from after the first answer of {@code isHeld} to before the last one.
 */
final class BeliefWorkload implements Workload {
  private static final Duration TTL = Duration.ofSeconds(4);
  private static final Duration WAIT = Duration.ofSeconds(5);
  private static final int WORK_MILLIS = 150;

  /** Longer than it takes to notice that renewals are not answered. */
  private static final int LONG_WORK_MILLIS = 2_500;

  private static final int LOOK_MILLIS = 3;

  private final GuardedCounter counter = new GuardedCounter(true);

  @Override
  public String name() {
    return "belief";
  }

  @Override
  public int clients() {
    return 4;
  }

  @Override
  public void run(Client client) throws InterruptedException {
    String servers = client.nodes().stream().map(URI::toString).collect(Collectors.joining(","));
    ClientConfig config =
        ClientConfig.of(servers).withRequestTimeout(Duration.ofSeconds(3)).withSessionTtl(TTL);
    try (Holdfast holdfast = Holdfast.connect(config)) {
      Optional<Session> session = Optional.empty();
      while (!client.stopped().getAsBoolean()) {
        try {
          if (session.isEmpty() || session.get().state().isFinal()) {
            session = Optional.of(holdfast.session(TTL));
          }
          Optional<Hold> hold = session.get().lock(name() + "/l").tryAcquire(WAIT);
          if (hold.isPresent()) {
            work(client, hold.get());
            hold.get().release();
          }
        } catch (HoldfastException e) {
          // No node, no session, or the lock was lost: again.
          client.think(100);
        }
        client.think(20);
      }
    }
  }

  private void work(Client client, Hold hold) throws InterruptedException {
    if (!hold.isHeld()) {
      return;
    }
    long begin = System.nanoTime();
    long end = begin;
    OptionalLong number = counter.read(hold.token());
    long work = begin + workNanos(client);
    // Whoever does not know how it stands goes on: only its own deadline must stop it in time.
    while (System.nanoTime() - work < 0
        || (hold.state() == HoldState.AT_RISK && !client.stopped().getAsBoolean())) {
      long now = System.nanoTime();
      if (!hold.isHeld()) {
        break;
      }
      end = now;
      Thread.sleep(LOOK_MILLIS);
    }
    if (number.isPresent()) {
      var _ = counter.write(hold.token(), number.getAsLong() + 1);
    }
    client
        .history()
        .add(
            new Operation(
                client.name(),
                name() + "/l",
                Beliefs.HOLD,
                Map.of(),
                begin,
                end,
                Outcome.OK,
                Map.of("token", Long.toString(hold.token()))));
  }

  private static long workNanos(Client client) {
    boolean isLong = client.random().nextInt(4) == 0;
    return TimeUnit.MILLISECONDS.toNanos(
        isLong ? LONG_WORK_MILLIS : 1 + client.random().nextInt(WORK_MILLIS));
  }

  @Override
  public List<String> judge(List<Operation> history, Checker checker) {
    List<String> problems = new ArrayList<>(Beliefs.problems(history));
    if (counter.lost() != 0) {
      problems.add(
          "The counter lost %d of %d acknowledged increments"
              .formatted(counter.lost(), counter.acknowledged()));
    }
    return problems;
  }
}
