// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Keys of which an event has told that they changed, and whose value has not come yet. Each is
 * fetched once at a time; not those that a commit of this process is writing, whose answer brings
 * the value. A group is complete when none of its keys is in here any more. Guarded by the lock of
 * {@link Mirror}.
 */
final class DirtyKeys {
  private final Map<EntryKey, Dirty> dirty = new HashMap<>();
  private final Map<EntryKey, Integer> ownInFlight = new HashMap<>();

  private static final class Dirty {
    /** Of the newest event. */
    final long since;

    final List<Group> groups = new ArrayList<>();
    final List<CompletableFuture<Optional<Cell>>> waiting = new ArrayList<>();
    boolean fetching;

    Dirty(long since) {
      this.since = since;
    }
  }

  /** An event of the group tells of the key. */
  void add(EntryKey key, Group group, Feed.Source source) {
    Dirty before = dirty.get(key);
    Dirty now = new Dirty(group.zxid);
    if (before != null) {
      now.groups.addAll(before.groups);
      now.waiting.addAll(before.waiting);
      now.fetching = before.fetching;
    }
    if (!now.groups.contains(group)) {
      now.groups.add(group);
      group.dirtyKeys++;
    }
    dirty.put(key, now);
    fetch(key, source);
  }

  /** A session has ended: a value that is under way may turn out to belong to it. */
  void addAllTo(Group group) {
    dirty.forEach((key, state) -> {
      group.keys.add(key);
      group.dirtyKeys++;
      state.groups.add(group);
    });
  }

  private void fetch(EntryKey key, Feed.Source source) {
    Dirty state = dirty.get(key);
    if (state != null && !state.fetching && !ownInFlight.containsKey(key)) {
      state.fetching = true;
      source.fetch(key);
    }
  }

  /** What was fetched is here; it may be older than the newest event, see {@link #known}. */
  void fetched(EntryKey key) {
    Dirty state = dirty.get(key);
    if (state != null) {
      state.fetching = false;
    }
  }

  /** Fetches those that still are dirty. */
  void fetchAgain(Collection<EntryKey> keys, Feed.Source source) {
    keys.forEach(key -> fetch(key, source));
  }

  /**
   * The key is known as it was at this moment, or later.
   *
   * @param cell that it has now
   */
  void known(EntryKey key, long zxid, @Nullable Cell cell) {
    Dirty state = dirty.get(key);
    if (state == null) {
      return;
    }
    state.groups.removeIf(group -> {
      boolean satisfied = group.zxid <= zxid;
      group.dirtyKeys -= satisfied ? 1 : 0;
      return satisfied;
    });
    if (state.since <= zxid) {
      dirty.remove(key);
      // Also later groups, which wrote other things and only had to know whose the value is.
      state.groups.forEach(group -> group.dirtyKeys--);
      state.waiting.forEach(reached -> reached.complete(Optional.ofNullable(cell)));
    }
  }

  boolean containsAny(Collection<EntryKey> keys) {
    return keys.stream().anyMatch(dirty::containsKey);
  }

  /** Completes once the key is not dirty any more; null when it is not. */
  @Nullable CompletableFuture<Optional<Cell>> await(EntryKey key) {
    Dirty state = dirty.get(key);
    if (state == null) {
      return null;
    }
    CompletableFuture<Optional<Cell>> reached = new CompletableFuture<>();
    state.waiting.add(reached);
    return reached;
  }

  /** Before a commit of this process is sent: events of these keys may be its own. */
  void committing(Set<EntryKey> keys) {
    keys.forEach(key -> ownInFlight.merge(key, 1, Integer::sum));
  }

  /** It was answered, or never will be. */
  void answered(Set<EntryKey> keys) {
    keys.forEach(
        key -> ownInFlight.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1));
  }

  /** The connection was lost, and with it what was under way. */
  void forget() {
    UnavailableException lost = new UnavailableException("The connection was lost");
    dirty.values().forEach(state -> state.waiting.forEach(one -> one.completeExceptionally(lost)));
    dirty.clear();
    ownInFlight.clear();
  }
}
