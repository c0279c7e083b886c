// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CommandBatchTest {
  private static final EntryKey KEY = new EntryKey("note/a");
  private static final Observation ABSENT = new Observation(KEY, null, 3, 10);
  private static final Condition LOGGED_IN = new Condition.Exists(new EntryKey("user/x"));

  /** A text that grows; a command says what to append and what happens beside it. */
  private record Append(String text, List<Condition> conditions, List<Change> changes) {
    static Append of(String text) {
      return new Append(text, List.of(), List.of());
    }

    static Append asking(String text, Condition... conditions) {
      return new Append(text, List.of(conditions), List.of());
    }

    static Append changing(String text, Change... changes) {
      return new Append(text, List.of(), List.of(changes));
    }
  }

  private static final class Note implements Transition<String, Append, String> {
    @Override
    public Decision<String, String> decide(@Nullable String state, Append command, Sight sight) {
      if (command.text().isEmpty()) {
        return new Decision.Keep<>("kept");
      }
      if (command.text().equals("vanish")) {
        return new Decision.Vanish<>("vanished", command.conditions(), command.changes());
      }
      if (command.text().equals("beside")) {
        return new Decision.Beside<>("beside", command.conditions(), command.changes());
      }
      if (command.text().equals("learn")) {
        EntryKey other = command.conditions().getFirst().key();
        return sight.isKnownAbsent(other)
            ? new Decision.Keep<>("learned at " + sight.revision())
            : new Decision.Beside<>("guessed", command.conditions(), List.of());
      }
      String next = (state == null ? "" : state) + command.text();
      String reply = next.length() > 1_000 ? "long" : next;
      return new Decision.Become<>(next, reply, command.conditions(), command.changes());
    }

    @Override
    public @Nullable String refuse(Append command, Observation failed) {
      return command.text().equals("learn") ? null : "refused by " + failed.key();
    }

    @Override
    public Bytes encode(String state) {
      return Bytes.utf8(state);
    }

    @Override
    public String decode(Bytes value) {
      return value.toUtf8();
    }
  }

  private static CommandBatch<String, Append, String> batch(Append... commands) {
    return CommandBatch.of(new Note(), ABSENT, List.of(commands));
  }

  private static Transaction transaction(CommandBatch<String, Append, String> batch) {
    return batch.transaction().orElseThrow();
  }

  private static Observation present(String value, long revision) {
    return new Observation(KEY, new Entry(KEY, Bytes.utf8(value), 77, revision), 3, revision);
  }

  private static List<String> replies(CommandBatch<String, Append, String> batch) {
    return batch.answers().stream()
        .map(answer ->
            switch (answer) {
              case Answer.Decided<String> decided -> decided.reply();
              case Answer.Refused<String> refused -> "! " + refused.reply();
              case Answer.TooLarge<String> tooLarge -> "# " + tooLarge.problem().limit();
            })
        .toList();
  }

  private static Change put(String key, String value) {
    return new Change.Put(new EntryKey(key), Bytes.utf8(value));
  }

  @Test
  void decidesOneAfterTheOtherAndCommitsOnce() {
    CommandBatch<String, Append, String> batch =
        batch(Append.of("a"), Append.of(""), Append.of("b"));

    assertThat(replies(batch)).containsExactly("a", "kept", "ab");
    assertThat(transaction(batch))
        .isEqualTo(
            new Transaction(
                List.of(new Condition.AbsentSince(KEY, 10)),
                List.of(new Change.Put(KEY, Bytes.utf8("ab")))));
    assertThat(batch.state()).isEqualTo("ab");
    assertThat(batch.taken()).isEqualTo(3);
  }

  @Test
  void hasNoTransactionWhenNothingChangesButAProof() {
    CommandBatch<String, Append, String> batch =
        CommandBatch.of(new Note(), present("x", 20), List.of(Append.of(""), Append.of("")));

    assertThat(batch.transaction()).isEmpty();
    assertThat(batch.toCommit())
        .isEqualTo(new Transaction(List.of(new Condition.AtVersion(KEY, 77)), List.of()));
  }

  @Test
  void changesOthersBesideAnEntryThatStays() {
    Transaction transaction = transaction(batch(Append.changing("beside", put("log/1", "x"))));

    assertThat(transaction.changes()).containsExactly(put("log/1", "x"));
    assertThat(transaction.conditions()).containsExactly(new Condition.AbsentSince(KEY, 10));
  }

  @Test
  void marksAnAbsentEntryThatVanishes() {
    assertThat(transaction(batch(Append.of("vanish"))).changes())
        .containsExactly(new Change.Delete(KEY));
  }

  @Test
  void putsAnEntryThatVanishesAndComesBack() {
    CommandBatch<String, Append, String> batch =
        CommandBatch.of(new Note(), present("x", 20), List.of(Append.of("vanish"), Append.of("y")));

    assertThat(transaction(batch).changes()).containsExactly(new Change.Put(KEY, Bytes.utf8("y")));
  }

  @Test
  void mergesEqualConditionsAndKeepsTheLastChangeOfAKey() {
    Transaction transaction =
        transaction(
            batch(
                new Append("a", List.of(LOGGED_IN), List.of(put("log/1", "a"))),
                new Append("b", List.of(LOGGED_IN), List.of(put("log/1", "b")))));

    assertThat(transaction.conditions())
        .containsExactly(new Condition.AbsentSince(KEY, 10), LOGGED_IN);
    assertThat(transaction.changes())
        .containsExactlyInAnyOrder(put("log/1", "b"), new Change.Put(KEY, Bytes.utf8("ab")));
  }

  @Test
  void leavesACommandThatAsksAboutAnEarlierChangeForTheNextFold() {
    Condition about = new Condition.Exists(new EntryKey("log/1"));

    CommandBatch<String, Append, String> batch =
        batch(Append.changing("a", put("log/1", "x")), Append.asking("b", about), Append.of("c"));

    assertThat(batch.taken()).isEqualTo(1);
    assertThat(batch.state()).isEqualTo("a");
  }

  @Test
  void takesACommandThatChangesWhatAnEarlierOneAskedAbout() {
    Append ask = Append.asking("a", new Condition.Exists(new EntryKey("log/1")));

    assertThat(batch(ask, Append.changing("b", put("log/1", "x"))).taken()).isEqualTo(2);
  }

  @Test
  void stopsAtEachLimitOfATransaction() {
    List<Append> changing = new ArrayList<>();
    List<Append> asking = new ArrayList<>();
    List<Append> large = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      changing.add(Append.changing("a", put("log/" + i, "x")));
      asking.add(Append.asking("a", new Condition.Exists(new EntryKey("user/" + i))));
      large.add(Append.changing("a", put("log/" + i, "x".repeat(40_000))));
    }

    assertThat(CommandBatch.of(new Note(), ABSENT, changing).taken())
        .isEqualTo(Transaction.CHANGES_MAX - 1);
    assertThat(CommandBatch.of(new Note(), ABSENT, asking).taken())
        .isEqualTo(Transaction.CONDITIONS_MAX - 1);
    CommandBatch<String, Append, String> bySize = CommandBatch.of(new Note(), ABSENT, large);
    assertThat(bySize.taken()).isEqualTo(24);
    assertThat(transaction(bySize).sizeBytes())
        .isLessThan(Transaction.SIZE_BYTES_MAX - CommandBatch.SIZE_RESERVE_BYTES);
  }

  @Test
  void stopsBeforeTheEntryItselfGrowsTooLarge() {
    List<Append> commands = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      commands.add(Append.of("x".repeat(50_000)));
    }

    CommandBatch<String, Append, String> batch = CommandBatch.of(new Note(), ABSENT, commands);

    assertThat(batch.taken()).isEqualTo(10);
    assertThat(transaction(batch).sizeBytes()).isLessThan(Transaction.SIZE_BYTES_MAX);
  }

  @Test
  void refusesACommandThatNoTransactionHoldsAndFoldsTheOthers() {
    List<Change> tooMany = new ArrayList<>();
    for (int i = 0; i < Transaction.CHANGES_MAX; i++) {
      tooMany.add(put("log/" + i, "x"));
    }

    CommandBatch<String, Append, String> batch =
        batch(
            new Append("a", List.of(), tooMany),
            Append.changing("b", put("log/1", "x".repeat(1 << 20))),
            Append.of("x".repeat(1 << 20)),
            Append.of("c"));

    assertThat(batch.taken()).isEqualTo(2);
    assertThat(replies(batch)).containsExactly("# transaction.changes", "# transaction.sizeBytes");
    assertThat(replies(batch(Append.of("x".repeat(1 << 20)), Append.of("c"))))
        .containsExactly("# transaction.sizeBytes", "c");
  }

  @Test
  void decidesAllAnewWhenTheEntryMoved() {
    CommandBatch<String, Append, String> batch =
        batch(Append.of("a"), Append.asking("b", LOGGED_IN));

    CommandBatch<String, Append, String> next =
        batch.afterConflict(
            List.of(new Observation(LOGGED_IN.key(), null, 0, 30), present("old ", 30)));

    assertThat(replies(next)).containsExactly("old a", "old ab");
    assertThat(transaction(next).conditions().getFirst())
        .isEqualTo(new Condition.AtVersion(KEY, 77));
  }

  @Test
  void refusesThoseWhoseConditionFailedAndFoldsTheOthersWithoutThem() {
    CommandBatch<String, Append, String> batch =
        batch(
            Append.asking("a", LOGGED_IN),
            Append.of("b"),
            Append.asking("c", LOGGED_IN),
            Append.asking("d", new Condition.Exists(new EntryKey("user/y"))));

    CommandBatch<String, Append, String> next =
        batch.afterConflict(List.of(new Observation(LOGGED_IN.key(), null, 0, 30)));

    assertThat(replies(next))
        .containsExactly("! refused by user/x", "b", "! refused by user/x", "bd");
    assertThat(next.state()).isEqualTo("bd");
    CommandBatch<String, Append, String> moved = next.afterConflict(List.of(present("old ", 31)));
    assertThat(replies(moved))
        .containsExactly("! refused by user/x", "old b", "! refused by user/x", "old bd");
  }

  @Test
  void refusesOnlyWhoeverAskedForWhatDoesNotHold() {
    EntryKey key = new EntryKey("log/1");
    Observation deletedAt20 = new Observation(key, null, 20, 30);

    CommandBatch<String, Append, String> batch =
        batch(
                Append.asking("a", new Condition.AbsentSince(key, 25)),
                Append.asking("b", new Condition.AbsentSince(key, 15)))
            .afterConflict(List.of(deletedAt20));

    assertThat(replies(batch)).containsExactly("a", "! refused by log/1");
  }

  @Test
  void decidesAnewWithWhatAConflictTold() {
    CommandBatch<String, Append, String> batch = batch(Append.asking("learn", LOGGED_IN));
    assertThat(replies(batch)).containsExactly("guessed");

    CommandBatch<String, Append, String> next =
        batch.afterConflict(List.of(new Observation(LOGGED_IN.key(), null, 0, 30)));

    assertThat(replies(next)).containsExactly("learned at 10");
    assertThat(next.transaction()).isEqualTo(Optional.empty());
  }

  @Test
  void forgetsWhatItLearnedBeforeTheEntryMoved() {
    CommandBatch<String, Append, String> learned =
        batch(Append.asking("learn", LOGGED_IN))
            .afterConflict(List.of(new Observation(LOGGED_IN.key(), null, 0, 30)));

    assertThat(replies(learned.afterConflict(List.of(present("x", 31)))))
        .containsExactly("guessed");
  }

  @Test
  void acceptsNoDecisionAboutTheEntryAsASideMatter() {
    Condition own = new Condition.Exists(KEY);

    assertThatThrownBy(() -> batch(Append.asking("a", own)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> batch(Append.changing("a", new Change.Delete(KEY))))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> batch()).isInstanceOf(IllegalArgumentException.class);
  }
}
