// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Holds of several locks that were acquired as one. Its state is the worst of its parts: it is LOST
 * as soon as one is lost; the others are held until they are released. Thread-safe.
 */
public final class MultiHold implements AutoCloseable {
  private final List<Hold> parts;

  MultiHold(List<Hold> parts) {
    this.parts = List.copyOf(parts);
  }

  /** In the order in which they were acquired. */
  public List<Hold> parts() {
    return parts;
  }

  /** The fencing token of each part, by the name of its lock: a resource compares its own. */
  public SortedMap<String, Long> tokens() {
    SortedMap<String, Long> tokens = new TreeMap<>();
    parts.forEach(part -> tokens.put(part.lock(), part.token()));
    return tokens;
  }

  /** The fence of each part, by the name of its lock. */
  public Map<String, Fence> fences() {
    SortedMap<String, Fence> fences = new TreeMap<>();
    parts.forEach(part -> fences.put(part.lock(), part.fence()));
    return fences;
  }

  /** LOST if any is; else RELEASED if any is; else AT_RISK if any is; else HELD. */
  public HoldState state() {
    HoldState worst = HoldState.HELD;
    for (Hold part : parts) {
      HoldState state = part.state();
      if (badness(state) > badness(worst)) {
        worst = state;
      }
    }
    return worst;
  }

  private static int badness(HoldState state) {
    return switch (state) {
      case HELD -> 0;
      case AT_RISK -> 1;
      case PENDING -> 2;
      case RELEASED -> 3;
      case LOST -> 4;
    };
  }

  /** True while all are held. */
  public boolean isHeld() {
    return parts.stream().allMatch(Hold::isHeld);
  }

  /**
   * @throws LockLostException unless all are held; names one that is not
   */
  public void check() {
    parts.forEach(Hold::check);
  }

  /** How long all are surely held if no renewal succeeds any more; zero when one is not held. */
  public Duration remaining() {
    return parts.stream().map(Hold::remaining).min(Duration::compareTo).orElse(Duration.ZERO);
  }

  /**
   * Tells {@link #state} after each change of a part, on the events thread; a change of the session
   * is one of each part, so the same state may be told several times.
   */
  public MultiHold onChange(Consumer<HoldState> listener) {
    parts.forEach(part -> part.onChange(state -> listener.accept(state())));
    return this;
  }

  /** Releases all, the last one first; returns as soon as that is handed over. */
  public void release() {
    for (int i = parts.size() - 1; i >= 0; i--) {
      parts.get(i).release();
    }
  }

  /** Like {@link #release}; completes when the cluster has confirmed all. */
  public CompletableFuture<Void> releaseAsync() {
    CompletableFuture<?>[] all = new CompletableFuture<?>[parts.size()];
    for (int i = parts.size() - 1; i >= 0; i--) {
      all[i] = parts.get(i).releaseAsync();
    }
    return CompletableFuture.allOf(all);
  }

  /** {@link #release}. */
  @Override
  public void close() {
    release();
  }
}
