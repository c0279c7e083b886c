// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * As many waiting commands of one entry as fit into one transaction, decided one after the other.
 * Immutable. A {@link Proposal} brings it to its answers.
 *
 * <p>The commands from {@link #taken()} on wait for the next batch. An {@link #answers() answer} is
 * the one of the command at the same index of the list that the batch was made from, also after
 * conflicts.
 *
 * <p>Conditions are judged against the state before the commit. So a command whose side condition
 * concerns a key that an earlier command of the batch changes, or the entry itself, begins the next
 * batch.
 */
public final class CommandBatch<S, C, R> {
  /** Left free in a transaction, for what a backend adds to it. */
  public static final int SIZE_RESERVE_BYTES = 64 << 10;

  private final Transition<S, C, R> transition;
  private final Observation entry;
  private final List<C> commands;
  private final Map<Integer, Answer<R>> certain;
  private final Map<EntryKey, Observation> known;
  private final CommandBatchBuilder<S, C, R> folded;
  private final @Nullable Transaction transaction;

  private CommandBatch(
      Transition<S, C, R> transition,
      Observation entry,
      List<C> commands,
      Map<Integer, Answer<R>> certain,
      Map<EntryKey, Observation> known) {
    this.transition = transition;
    this.entry = entry;
    this.commands = commands;
    this.certain = certain;
    this.known = known;
    Sight sight = new Sight(entry.key(), entry.revision(), entry.lastDeleted(), known);
    CommandBatchBuilder<S, C, R> folding =
        CommandBatchBuilder.begin(transition, entry, sight, certain);
    folding.take(commands, commands.size());
    // The state is encoded once a batch, not once a command; only if it turns out to be too large
    // is
    // the batch done again with half as many.
    while (!folding.fits()) {
      int fewer = folding.answers.size() / 2;
      if (fewer == 0) {
        certain.put(0, new Answer.TooLarge<>(folding.tooLarge()));
      }
      folding = CommandBatchBuilder.begin(transition, entry, sight, certain);
      folding.take(commands, fewer == 0 ? commands.size() : fewer);
    }
    this.folded = folding;
    this.transaction = folding.transaction();
  }

  /**
   * @param entry what the key of the entry held; may be old, the commit will tell
   * @param commands in the order in which they are to be decided; not empty
   * @throws UnreadableEntryException when the entry cannot be decoded
   */
  public static <S, C, R> CommandBatch<S, C, R> of(
      Transition<S, C, R> transition, Observation entry, List<? extends C> commands) {
    if (commands.isEmpty()) {
      throw new IllegalArgumentException("Nothing to batch on " + entry.key());
    }
    return new CommandBatch<>(transition, entry, List.copyOf(commands), new HashMap<>(), Map.of());
  }

  /** Empty when no command changes anything: then the answers need a proof instead (R4). */
  public Optional<Transaction> transaction() {
    return Optional.ofNullable(transaction);
  }

  /**
   * A commit that changes nothing and succeeds if the entry has not moved (R4). Not needed when the
   * batch's observation was made by a linearizable read that began after the commands arrived.
   */
  public Transaction proof() {
    return new Transaction(List.of(entry.unchanged()), List.of());
  }

  /** The transaction, or the proof when there is none. */
  public Transaction toCommit() {
    return transaction != null ? transaction : proof();
  }

  /** One for each command taken, in order. */
  public List<Answer<R>> answers() {
    return List.copyOf(folded.answers);
  }

  /** Whether somebody gains by its being committed now, without waiting for more commands. */
  public boolean isUrgent() {
    return folded.answers.stream()
        .anyMatch(answer ->
            switch (answer) {
              case Answer.Decided<R>(R reply) -> transition.isUrgent(reply);
              case Answer.Refused<R> _, Answer.TooLarge<R> _ -> true;
            });
  }

  /** So many of the commands, from the first, are answered by this batch. At least one. */
  public int taken() {
    return folded.answers.size();
  }

  /** The observation that the commands were decided on. */
  public Observation entry() {
    return entry;
  }

  /** The state after the commit; null when the entry is then absent. */
  public @Nullable S state() {
    return folded.state;
  }

  /** What the entry holds once the transaction is committed: the next batch may begin from it. */
  public Observation entryAfter(long revision) {
    EntryKey key = entry.key();
    List<Change> changes = transaction == null ? List.of() : transaction.changes();
    return changes.stream()
        .filter(change -> change.key().equals(key))
        .findFirst()
        .map(change -> after(change, revision))
        .orElse(new Observation(key, entry.entry(), entry.lastDeleted(), revision));
  }

  private Observation after(Change change, long revision) {
    return switch (change) {
      case Change.Put put -> present(put.value(), revision);
      case Change.PutLeased put -> present(put.value(), revision);
      case Change.Delete delete -> new Observation(delete.key(), null, revision, revision);
    };
  }

  private Observation present(Bytes value, long revision) {
    Entry put = new Entry(entry.key(), value, revision, revision);
    return new Observation(entry.key(), put, entry.lastDeleted(), revision);
  }

  /**
   * The same commands folded anew, with what the conflict told. When the entry itself had moved,
   * all are decided on its new state. Otherwise those whose side condition failed are refused, or
   * decided again with that knowledge, as {@link Transition#refuse} says, and the others are
   * decided again without them.
   *
   * @param failed of the {@link dev.holdfast.spi.coordinator.CommitResult.Conflict}
   */
  public CommandBatch<S, C, R> afterConflict(List<Observation> failed) {
    Map<EntryKey, Observation> learned = new HashMap<>();
    for (Observation observation : failed) {
      learned.put(observation.key(), observation);
    }
    Observation moved = learned.remove(entry.key());
    if (moved != null) {
      // What was learned before the entry moved may have changed together with it.
      known.forEach((key, observation) -> {
        if (observation.revision() >= moved.revision()) {
          learned.putIfAbsent(key, observation);
        }
      });
      return new CommandBatch<>(transition, moved, commands, new HashMap<>(certain), learned);
    }
    Map<Integer, Answer<R>> settled = new HashMap<>(certain);
    for (Observation observation : failed) {
      for (int index : askers(observation)) {
        R reply = transition.refuse(commands.get(index), observation);
        if (reply != null) {
          settled.putIfAbsent(index, new Answer.Refused<>(reply));
        }
      }
    }
    known.forEach(learned::putIfAbsent);
    return new CommandBatch<>(transition, entry, commands, settled, learned);
  }

  /** Which commands asked for something that this observation does not fulfil. */
  private List<Integer> askers(Observation failed) {
    List<Integer> all = new ArrayList<>();
    List<Integer> unfulfilled = new ArrayList<>();
    folded.conditions.forEach((condition, indexes) -> {
      if (condition.key().equals(failed.key())) {
        all.addAll(indexes);
        if (!holds(condition, failed)) {
          unfulfilled.addAll(indexes);
        }
      }
    });
    // The backend judged, not we: when its reason does not show, everyone who asked is meant.
    return unfulfilled.isEmpty() ? all : unfulfilled;
  }

  private static boolean holds(Condition condition, Observation now) {
    return switch (condition) {
      case Condition.Exists _ -> now.isPresent();
      case Condition.AtVersion at -> now.entry() != null && now.entry().version() == at.version();
      case Condition.AbsentSince since -> !now.isPresent() && now.lastDeleted() <= since.revision();
    };
  }
}
