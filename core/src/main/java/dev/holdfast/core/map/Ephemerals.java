// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.spi.EntryKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The entries with a limited {@link Expiry} that one node has applied, and which of them it should
 * delete now. The home of an entry does so when it is due; any other node {@link #GRACE} later, so
 * nobody relies on one home being right. Deleting twice is harmless: each deletion names the
 * version that was due.
 *
 * <p>What costs is a change, never the mere presence of entries: those that are not due wait in
 * order of their time. For one thread; all times are nanoseconds of one process and handed in.
 */
public final class Ephemerals {
  /** How long the home goes first. */
  public static final Duration GRACE = Duration.ofSeconds(3);

  private final Map<EntryKey, Ephemeral> entries = new HashMap<>();
  private final Map<String, Set<EntryKey>> bound = new HashMap<>();
  private final TreeSet<Due> due = new TreeSet<>();

  /** An entry to delete at this version. */
  public record Overdue(EntryKey key, long version, Expiry expiry) {}

  /**
   * @param due null as long as its session lives
   */
  private record Ephemeral(long version, Expiry expiry, @Nullable Due due) {}

  /**
   * @param home whether the home has still the first try
   */
  private record Due(long nanos, EntryKey key, boolean home) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.signum(nanos - other.nanos);
      return byTime != 0 ? byTime : key.compareTo(other.key);
    }
  }

  public int count() {
    return entries.size();
  }

  /** Sessions that entries are bound to. */
  public Set<String> sessions() {
    return Set.copyOf(bound.keySet());
  }

  /** The key is so now; seen again at the same version, its time goes on. */
  public void seen(EntryKey key, long version, Expiry expiry, long nowNanos) {
    Ephemeral known = entries.get(key);
    if (known != null && known.version == version) {
      return;
    }
    gone(key);
    switch (expiry) {
      case Expiry.Never _ -> {}
      case Expiry.After(long millis) ->
          put(
              key,
              new Ephemeral(
                  version,
                  expiry,
                  new Due(nowNanos + Duration.ofMillis(millis).toNanos(), key, true)));
      case Expiry.WithSession(String session) -> {
        put(key, new Ephemeral(version, expiry, null));
        bound.computeIfAbsent(session, same -> new HashSet<>()).add(key);
      }
    }
  }

  /** The key is absent now. */
  public void gone(EntryKey key) {
    Ephemeral known = entries.remove(key);
    if (known == null) {
      return;
    }
    if (known.due != null) {
      due.remove(known.due);
    }
    if (known.expiry instanceof Expiry.WithSession(String session)) {
      bound.computeIfPresent(
          session,
          (same, keys) -> {
            keys.remove(key);
            return keys.isEmpty() ? null : keys;
          });
    }
  }

  /** Keys that are not among these are gone; after changes were missed. */
  public void retain(Set<EntryKey> present) {
    Set.copyOf(entries.keySet()).stream().filter(key -> !present.contains(key)).forEach(this::gone);
  }

  /** What is bound to the session is due. Saying it again changes nothing. */
  public void ended(String session, long nowNanos) {
    for (EntryKey key : bound.getOrDefault(session, Set.of())) {
      Ephemeral known = entries.get(key);
      if (known != null && known.due == null) {
        put(key, new Ephemeral(known.version, known.expiry, new Due(nowNanos, key, true)));
      }
    }
  }

  /** The session lives after all: nothing that is bound to it is due. */
  public void lives(String session) {
    for (EntryKey key : bound.getOrDefault(session, Set.of())) {
      Ephemeral known = entries.get(key);
      if (known != null && known.due != null) {
        due.remove(known.due);
        put(key, new Ephemeral(known.version, known.expiry, null));
      }
    }
  }

  /**
   * What this node should delete now. Each is handed out again after {@link #GRACE}, unless it is
   * {@link #gone} by then: its deletion may have failed.
   *
   * @param isHome of this node
   */
  public List<Overdue> take(long nowNanos, int most, Predicate<EntryKey> isHome) {
    List<Overdue> taken = new ArrayList<>();
    while (taken.size() < most && !due.isEmpty() && due.first().nanos - nowNanos <= 0) {
      Due next = due.pollFirst();
      Ephemeral known = entries.get(next.key);
      if (known == null) {
        throw new IllegalStateException("Due and unknown: " + next.key);
      }
      if (!next.home || isHome.test(next.key)) {
        taken.add(new Overdue(next.key, known.version, known.expiry));
      }
      Due again = new Due(nowNanos + GRACE.toNanos(), next.key, false);
      put(next.key, new Ephemeral(known.version, known.expiry, again));
    }
    return taken;
  }

  private void put(EntryKey key, Ephemeral ephemeral) {
    entries.put(key, ephemeral);
    if (ephemeral.due != null) {
      due.add(ephemeral.due);
    }
  }
}
