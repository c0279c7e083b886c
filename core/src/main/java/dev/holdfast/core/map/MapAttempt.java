// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.core.operation.SlotView;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One try to commit a write, on what is known of its slot and of the keys that must be absent.
 *
 * @param slot what is known of the operation's slot; null without an operation
 * @param absentSince a revision at which the keys that must be absent surely were, for all that is
 *     known; too old a one makes a conflict, whose observations tell a newer one
 * @param refusal to be remembered instead of the changes; null for the changes
 */
public record MapAttempt(
    MapWrite write, @Nullable Observation slot, long absentSince, @Nullable MapReply refusal) {

  private static final Bytes WRITTEN = new MapReply.Written().encode();

  public static MapAttempt first(MapWrite write, @Nullable Observation slot, long absentSince) {
    return new MapAttempt(write, slot, absentSince, null);
  }

  /** What to do now. */
  public sealed interface Step {
    /** Commit this; {@link MapReply.Written} or the refusal is the answer when it is committed. */
    record Commit(Transaction transaction) implements Step {}

    /**
     * @param revision at which it was true, 0 when it is not told
     */
    record Answer(MapReply reply, long revision) implements Step {}

    record Retry(MapAttempt attempt) implements Step {}
  }

  public Step step() {
    Operation operation = write.operation();
    if (operation == null || slot == null) {
      return new Step.Commit(transaction(null));
    }
    return switch (SlotView.of(operation, slot)) {
      case SlotView.Open(Condition unchanged) -> new Step.Commit(transaction(unchanged));
      case SlotView.Answered(Bytes reply, long revision) ->
          new Step.Answer(MapReply.decode(reply), revision);
      case SlotView.Overtaken _ -> new Step.Answer(new MapReply.Overtaken(), 0);
    };
  }

  /** What the commit of {@link Step.Commit} means. */
  public MapReply committed() {
    return refusal != null ? refusal : new MapReply.Written();
  }

  private Transaction transaction(@Nullable Condition slotUnchanged) {
    List<Condition> conditions = new ArrayList<>(4);
    List<Change> changes = new ArrayList<>(write.changes().size() + 1);
    Operation operation = write.operation();
    String session = write.session();
    if (operation != null && slotUnchanged != null) {
      // The slot comes first: what it answers goes before whatever else has failed.
      conditions.add(slotUnchanged);
      changes.add(SlotView.remember(operation, refusal == null ? WRITTEN : refusal.encode()));
    }
    if (session != null) {
      conditions.add(new Condition.Exists(Keys.session(session)));
    }
    if (refusal == null) {
      addChanges(conditions, changes);
    }
    return new Transaction(conditions, changes);
  }

  private void addChanges(List<Condition> conditions, List<Change> changes) {
    if (write.fence() != null) {
      conditions.add(write.fence());
    }
    for (MapChange change : write.changes()) {
      EntryKey key = change.key();
      if (change.expected() == MapChange.ABSENT) {
        conditions.add(new Condition.AbsentSince(key, absentSince));
      } else if (change.expected() != MapChange.ANY) {
        conditions.add(new Condition.AtVersion(key, change.expected()));
      }
      Bytes value = change.value();
      changes.add(value == null ? new Change.Delete(key) : new Change.Put(key, value));
    }
  }

  /**
   * After a conflict.
   *
   * @param failed what the keys of the failed conditions held instead
   */
  public Step afterConflict(List<Observation> failed) {
    Operation operation = write.operation();
    if (operation != null) {
      Observation newer = of(operation.slotKey(), failed);
      if (newer != null) {
        return new Step.Retry(new MapAttempt(write, newer, absentSince, refusal));
      }
    }
    String session = write.session();
    Observation ended = session == null ? null : of(Keys.session(session), failed);
    if (ended != null) {
      return new Step.Answer(new MapReply.SessionGone(), ended.revision());
    }
    Condition fence = write.fence();
    Observation claim = fence == null ? null : of(fence.key(), failed);
    if (claim != null) {
      return refuse(new MapReply.Fenced(), claim.revision());
    }
    long newest = absentSince;
    for (MapChange change : write.changes()) {
      Observation now = of(change.key(), failed);
      if (now == null) {
        continue;
      }
      boolean stillAbsent = change.expected() == MapChange.ABSENT && !now.isPresent();
      if (!stillAbsent) {
        long version = now.entry() == null ? 0 : now.entry().version();
        return refuse(new MapReply.Mismatch(change.key(), version), now.revision());
      }
      newest = Math.max(newest, now.revision());
    }
    return new Step.Retry(new MapAttempt(write, slot, newest, refusal));
  }

  /** A refusal is final once it was told; so it is remembered when a copy may be on its way. */
  public Step refuse(MapReply reply, long revision) {
    Operation operation = write.operation();
    return operation != null && operation.again()
        ? new Step.Retry(new MapAttempt(write, slot, absentSince, reply))
        : new Step.Answer(reply, revision);
  }

  private static @Nullable Observation of(EntryKey key, List<Observation> failed) {
    for (Observation observation : failed) {
      if (observation.key().equals(key)) {
        return observation;
      }
    }
    return null;
  }
}
