// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random requests to one lock by several nodes, some of which decide on what they saw a while ago;
 * with duplicates that arrive late, sessions that end in between, and queues longer than the entry
 * holds. {@link LockChecker} looks at every commit.
 *
 * <p>{@code -Dholdfast.seed=N} runs one seed again, {@code -Dholdfast.seeds=N} runs more of them.
 */
final class LockRandomTest {
  private static final int SEEDS = Integer.getInteger("holdfast.seeds", 500);
  private static final int STEPS = 200;

  @Test
  void keepsEveryRuleWhateverHappens() {
    Map<String, Integer> seen = new TreeMap<>();
    Long only = Long.getLong("holdfast.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? SEEDS : only;
    for (long seed = first; seed <= last; seed++) {
      Run run = new Run(seed, seen);
      try {
        run.go();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", step " + run.step + ": " + e.getMessage(), e);
      }
    }
    // A generator that never comes to a case proves nothing about it.
    if (only == null && SEEDS >= 200) {
      assertThat(seen.keySet())
          .contains(
              "Granted",
              "Queued",
              "LockHeld",
              "Released",
              "NotHeld",
              "Cancelled",
              "StaleRequest",
              "SessionGone",
              "ModeMismatch",
              "Refilled",
              "Forgotten",
              "NotForgotten",
              "conflict",
              "overflow",
              "late",
              "late cancel",
              "Moved",
              "dead waiter",
              "downgrade");
    }
  }

  private static final class Run {
    private final Random random;
    private final Map<String, Integer> seen;
    private final LockTable table = new LockTable("a/b%c");
    private final LockChecker checker = new LockChecker(table.lock, table.coordinator);
    private final List<String> sessions = new ArrayList<>();
    private final List<LockCommand.Acquire> sent = new ArrayList<>();
    private final List<LockCommand> cancels = new ArrayList<>();
    private final int family;
    private final int holders;
    private Observation old = table.observed();
    private int sessionCount;
    int step;

    Run(long seed, Map<String, Integer> seen) {
      this.random = new Random(seed);
      this.seen = seen;
      this.family = random.nextInt(3);
      this.holders = 1 + random.nextInt(6);
    }

    void go() {
      newSession();
      newSession();
      if (random.nextInt(4) == 0) {
        longQueue();
      }
      for (step = 0; step < STEPS; step++) {
        step();
      }
      drain();
    }

    private void longQueue() {
      List<LockCommand> commands = new ArrayList<>();
      int length = 55 + random.nextInt(60);
      for (int i = 0; i < length; i++) {
        Owner owner = new Owner(pick(sessions), "q" + i);
        commands.add(remember(new LockCommand.Acquire(owner, mode(), true, now())));
      }
      perform(commands);
    }

    private void step() {
      switch (random.nextInt(12)) {
        case 0 -> newSession();
        case 1 -> {
          if (sessions.size() > 1 && random.nextInt(3) == 0) {
            table.endSession(sessions.remove(random.nextInt(sessions.size())));
            if (table.state() != null) {
              releaseSomeClaims(random.nextInt(3));
            }
          }
        }
        case 2 -> old = table.observed();
        case 3 -> releaseSomeClaims(1);
        default -> {
          int together = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1;
          List<LockCommand> commands = new ArrayList<>();
          for (int i = 0; i < together; i++) {
            commands.add(command());
          }
          perform(commands);
        }
      }
    }

    private void newSession() {
      String id = "s" + sessionCount++;
      table.session(id);
      sessions.add(id);
    }

    /** What the home of an ended session does. */
    private void releaseSomeClaims(int most) {
      int done = 0;
      for (Entry claim : table.coordinator.scan(Keys.CLAIMS)) {
        Keys.ClaimKey key = Keys.claimOf(claim.key()).orElseThrow();
        if (!sessions.contains(key.session()) && done++ < most) {
          perform(List.of(table.endOf(new Owner(key.session(), key.holder()))));
        }
      }
    }

    private LockCommand command() {
      LockState state = table.state();
      return switch (random.nextInt(15)) {
        case 0, 1, 2, 3 -> acquire();
        case 4, 5 -> {
          if (sent.isEmpty()) {
            yield acquire();
          }
          count("late");
          yield pick(sent);
        }
        case 6, 7, 8 ->
            state == null || state.holders().isEmpty()
                ? table.releaseOf(owner())
                : release(pick(state.holders()));
        case 9 -> new LockCommand.Release(owner(), 1 + random.nextInt(2) * now());
        case 10 -> given(table.cancelOf(anyOwner()));
        case 11 -> given(table.endOf(anyOwner()));
        case 12 ->
            state == null || random.nextInt(3) == 0 ? new LockCommand.Forget() : refill(state);
        case 13 -> {
          if (state == null || state.holders().isEmpty()) {
            yield acquire();
          }
          Grant held = pick(state.holders());
          if (held.mode() instanceof LockMode.Exclusive) {
            count("downgrade");
          }
          yield new LockCommand.Downgrade(held.owner(), held.token() - random.nextInt(2));
        }
        default -> random.nextBoolean() ? new LockCommand.Forget() : acquire();
      };
    }

    private LockCommand acquire() {
      long revision = random.nextInt(4) == 0 ? now() - random.nextInt(10) : now();
      return remember(new LockCommand.Acquire(owner(), mode(), random.nextInt(4) > 0, revision));
    }

    /** Also one of an earlier time: it was forwarded, and is executed late. */
    private LockCommand given(LockCommand cancel) {
      cancels.add(cancel);
      LockCommand chosen = random.nextInt(3) == 0 ? pick(cancels) : cancel;
      if (!chosen.equals(cancel)) {
        count("late cancel");
      }
      return chosen;
    }

    private LockCommand release(Grant grant) {
      return new LockCommand.Release(grant.owner(), grant.token());
    }

    private LockCommand refill(LockState state) {
      List<EntryKey> keys = LockTransition.refillKeys(table.lock, state);
      return new LockCommand.Refill(table.coordinator.read(keys));
    }

    private LockCommand.Acquire remember(LockCommand.Acquire acquire) {
      sent.add(acquire);
      return acquire;
    }

    private Owner owner() {
      return new Owner(pick(sessions), "h" + random.nextInt(holders));
    }

    /** Of those that have asked before, also of ended sessions. */
    private Owner anyOwner() {
      return sent.isEmpty() ? owner() : pick(sent).owner();
    }

    private LockMode mode() {
      int mode = random.nextInt(20) == 0 ? random.nextInt(4) : family;
      return switch (mode) {
        case 0 -> new LockMode.Exclusive();
        case 1 -> random.nextInt(3) == 0 ? new LockMode.Exclusive() : new LockMode.Shared();
        default -> new LockMode.Permits(1 + random.nextInt(mode), mode + 1);
      };
    }

    private long now() {
      return table.coordinator.revision();
    }

    /** Decides, lets something else happen at times, and commits. */
    private void perform(List<LockCommand> commands) {
      int done = 0;
      Observation base = random.nextInt(5) == 0 ? old : table.observed();
      while (done < commands.size()) {
        List<LockCommand> waiting = commands.subList(done, commands.size());
        CommandBatch<LockState, LockCommand, LockOutcome> batch =
            CommandBatch.of(new LockTransition(), base, waiting);
        if (sessions.size() > 1 && random.nextInt(25) == 0) {
          table.endSession(sessions.remove(random.nextInt(sessions.size())));
        }
        batch = commit(batch);
        List<LockOutcome> outcomes = new ArrayList<>();
        batch.answers().forEach(answer -> outcomes.add(LockTable.reply(answer)));
        outcomes.forEach(outcome -> count(outcome.reply().getClass().getSimpleName()));
        checker.committed(waiting.subList(0, batch.taken()), outcomes);
        done += batch.taken();
        base = table.observed();
      }
      LockState state = table.state();
      if (state != null && state.overflow() > 0) {
        count("overflow");
      }
    }

    private CommandBatch<LockState, LockCommand, LockOutcome> commit(
        CommandBatch<LockState, LockCommand, LockOutcome> first) {
      CommandBatch<LockState, LockCommand, LockOutcome> batch = first;
      List<List<EntryKey>> conflicts = new ArrayList<>();
      for (int attempt = 0; attempt < LockTable.ATTEMPTS_MAX; attempt++) {
        checker.committing();
        switch (table.coordinator.commit(batch.toCommit())) {
          case CommitResult.Committed _ -> {
            return batch;
          }
          case CommitResult.Conflict conflict -> {
            count("conflict");
            conflicts.add(conflict.failed().stream().map(Observation::key).toList());
            boolean dead =
                conflict.failed().stream().anyMatch(o -> o.key().kind().equals("session"));
            batch = batch.afterConflict(conflict.failed());
            if (dead
                && batch.answers().stream()
                    .map(LockTable::reply)
                    .anyMatch(outcome -> outcome.reply() instanceof LockReply.Released)) {
              count("dead waiter");
            }
          }
        }
      }
      throw new AssertionError("no end of conflicts: " + conflicts);
    }

    /** When all sessions end, nothing is left of them. */
    private void drain() {
      while (!sessions.isEmpty()) {
        table.endSession(sessions.removeLast());
      }
      releaseSomeClaims(Integer.MAX_VALUE);
      assertThat(table.coordinator.scan(Keys.CLAIMS)).isEmpty();
      assertThat(table.coordinator.scan(Keys.WAITS)).isEmpty();
      LockState state = table.state();
      if (state != null) {
        assertThat(state.isInUse()).isFalse();
        while (now() <= state.fence()) {
          newSession();
        }
        assertThat(table.tell(new LockCommand.Forget())).isEqualTo(new LockReply.Forgotten());
      }
    }

    private <T> T pick(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    private void count(String what) {
      seen.merge(what, 1, Integer::sum);
    }
  }
}
