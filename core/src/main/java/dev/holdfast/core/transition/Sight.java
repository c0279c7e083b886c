// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the home knows of an entry beside its state.
 *
 * @param key of the entry
 * @param revision at which the state was observed; within a batch it stays that of its beginning
 * @param lastDeleted a revision not older than the last deletion of the key, 0 for never
 * @param known what other keys held when a commit of this batch failed on them, never older than
 *     {@code revision}. A decision that relies on one puts {@link Observation#unchanged()} of it
 *     into its conditions, unless what it relies on can never change again.
 */
public record Sight(
    EntryKey key, long revision, long lastDeleted, Map<EntryKey, Observation> known) {
  public Sight {
    known = Map.copyOf(known);
  }

  /** Without knowledge of other keys. */
  public Sight(EntryKey key, long revision, long lastDeleted) {
    this(key, revision, lastDeleted, Map.of());
  }

  /** Null when nothing is known of the key: it may hold anything. */
  public @Nullable Observation known(EntryKey other) {
    return known.get(other);
  }

  public boolean isKnownAbsent(EntryKey other) {
    Observation observation = known.get(other);
    return observation != null && !observation.isPresent();
  }
}
