// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What grows while a {@link CommandBatch} is made. */
final class CommandBatchBuilder<S, C, R> {
  static final long SIZE_BYTES_MAX = Transaction.SIZE_BYTES_MAX - CommandBatch.SIZE_RESERVE_BYTES;

  /** As {@link Transaction#sizeBytes()} counts. */
  private static final long OVERHEAD_BYTES = 32;

  final List<Answer<R>> answers = new ArrayList<>();

  /** The side conditions, and which commands ask for each. */
  final Map<Condition, List<Integer>> conditions = new LinkedHashMap<>();

  @Nullable S state;

  private final Transition<S, C, R> transition;
  private final Observation entry;
  private final Sight sight;
  private final Map<Integer, Answer<R>> certain;
  private final Map<EntryKey, Change> changes = new LinkedHashMap<>();
  private long sideBytes;
  private boolean ownChanges;
  private @Nullable Bytes encoded;

  private CommandBatchBuilder(
      Transition<S, C, R> transition,
      Observation entry,
      Sight sight,
      Map<Integer, Answer<R>> certain) {
    this.transition = transition;
    this.entry = entry;
    this.sight = sight;
    this.certain = certain;
    Entry present = entry.entry();
    this.state = present == null ? null : transition.decode(present.value());
  }

  static <S, C, R> CommandBatchBuilder<S, C, R> begin(
      Transition<S, C, R> transition,
      Observation entry,
      Sight sight,
      Map<Integer, Answer<R>> certain) {
    return new CommandBatchBuilder<>(transition, entry, sight, certain);
  }

  /** Decides about the first {@code most} commands, or fewer when one has to wait. */
  void take(List<C> commands, int most) {
    for (int index = 0; index < most; index++) {
      Answer<R> settled = certain.get(index);
      if (settled != null) {
        answers.add(settled);
        continue;
      }
      Decision<S, R> decision = transition.decide(state, commands.get(index), sight);
      List<Condition> asked = sideConditions(decision);
      List<Change> wanted = sideChanges(decision);
      if (mustWait(asked)) {
        return;
      }
      LimitExceededException exceeded = exceeded(asked, wanted);
      if (exceeded != null) {
        if (!conditions.isEmpty() || !changes.isEmpty()) {
          return;
        }
        answers.add(new Answer.TooLarge<>(exceeded));
        continue;
      }
      add(index, asked, wanted);
      switch (decision) {
        case Decision.Keep<S, R> _, Decision.Beside<S, R> _ -> {}
        case Decision.Become<S, R> become -> own(become.next());
        case Decision.Vanish<S, R> _ -> own(null);
      }
      answers.add(new Answer.Decided<>(decision.reply()));
    }
  }

  /** Whether the entry's own new value fits beside the rest. */
  boolean fits() {
    return sizeBytes() <= SIZE_BYTES_MAX;
  }

  LimitExceededException tooLarge() {
    return new LimitExceededException(
        "transaction.sizeBytes",
        SIZE_BYTES_MAX,
        sizeBytes(),
        "The entry " + entry.key() + " would grow too large.");
  }

  @Nullable Transaction transaction() {
    if (!ownChanges && changes.isEmpty() && conditions.isEmpty()) {
      return null;
    }
    // The entry's own condition comes first: a backend that reports only one failure reports that
    // one, and a command is not refused for what a move of the entry explains.
    List<Condition> allConditions = new ArrayList<>(conditions.size() + 1);
    allConditions.add(entry.unchanged());
    allConditions.addAll(conditions.keySet());
    List<Change> allChanges = new ArrayList<>(changes.values());
    if (ownChanges) {
      Bytes value = encodedState();
      allChanges.add(
          value == null ? new Change.Delete(entry.key()) : new Change.Put(entry.key(), value));
    }
    return new Transaction(allConditions, allChanges);
  }

  private void own(@Nullable S next) {
    state = next;
    ownChanges = true;
  }

  private boolean mustWait(List<Condition> asked) {
    for (Condition condition : asked) {
      EntryKey key = condition.key();
      if (changes.containsKey(key)) {
        return true;
      }
      if (key.equals(entry.key())) {
        throw new IllegalStateException("A side condition on the entry itself: " + condition);
      }
    }
    return false;
  }

  private @Nullable LimitExceededException exceeded(List<Condition> asked, List<Change> wanted) {
    int conditionCount = 1 + conditions.size();
    int changeCount = 1 + changes.size();
    long size = sideBytes;
    for (Condition condition : asked) {
      if (!conditions.containsKey(condition)) {
        conditionCount++;
        size += sizeBytes(condition);
      }
    }
    for (Change change : wanted) {
      if (change.key().equals(entry.key())) {
        throw new IllegalStateException("A side change of the entry itself: " + change.key());
      }
      Change before = changes.get(change.key());
      changeCount += before == null ? 1 : 0;
      size += sizeBytes(change) - (before == null ? 0 : sizeBytes(before));
    }
    if (changeCount > Transaction.CHANGES_MAX) {
      return limit("transaction.changes", Transaction.CHANGES_MAX, changeCount);
    }
    if (conditionCount > Transaction.CONDITIONS_MAX) {
      return limit("transaction.conditions", Transaction.CONDITIONS_MAX, conditionCount);
    }
    return size > SIZE_BYTES_MAX ? limit("transaction.sizeBytes", SIZE_BYTES_MAX, size) : null;
  }

  private static LimitExceededException limit(String name, long maximum, long actual) {
    return new LimitExceededException(name, maximum, actual, "Ask for less at once.");
  }

  private void add(int index, List<Condition> asked, List<Change> wanted) {
    for (Condition condition : asked) {
      List<Integer> askers = conditions.get(condition);
      if (askers == null) {
        askers = new ArrayList<>(1);
        conditions.put(condition, askers);
        sideBytes += sizeBytes(condition);
      }
      askers.add(index);
    }
    for (Change change : wanted) {
      Change before = changes.put(change.key(), change);
      sideBytes += sizeBytes(change) - (before == null ? 0 : sizeBytes(before));
    }
  }

  private long sizeBytes() {
    Bytes value = encodedState();
    long own = 2 * (OVERHEAD_BYTES + entry.key().value().length());
    return sideBytes + own + (value == null ? 0 : value.length());
  }

  private @Nullable Bytes encodedState() {
    S current = state;
    if (encoded == null && ownChanges && current != null) {
      encoded = transition.encode(current);
    }
    return encoded;
  }

  private static long sizeBytes(Condition condition) {
    return OVERHEAD_BYTES + condition.key().value().length();
  }

  private static long sizeBytes(Change change) {
    int value =
        switch (change) {
          case Change.Put put -> put.value().length();
          case Change.PutLeased put -> put.value().length();
          case Change.Delete _ -> 0;
        };
    return OVERHEAD_BYTES + change.key().value().length() + value;
  }

  private static <S, R> List<Condition> sideConditions(Decision<S, R> decision) {
    return switch (decision) {
      case Decision.Keep<S, R> _ -> List.of();
      case Decision.Beside<S, R> beside -> beside.conditions();
      case Decision.Become<S, R> become -> become.conditions();
      case Decision.Vanish<S, R> vanish -> vanish.conditions();
    };
  }

  private static <S, R> List<Change> sideChanges(Decision<S, R> decision) {
    return switch (decision) {
      case Decision.Keep<S, R> _ -> List.of();
      case Decision.Beside<S, R> beside -> beside.changes();
      case Decision.Become<S, R> become -> become.changes();
      case Decision.Vanish<S, R> vanish -> vanish.changes();
    };
  }
}
