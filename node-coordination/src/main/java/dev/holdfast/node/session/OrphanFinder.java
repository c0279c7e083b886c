// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Knows when it is worth to look for sessions without a host: as long as all hosts live, nobody has
 * to look at a hundred thousand sessions every second. Keeps the hosts, which are few, and the
 * sessions that a change has just told of. Thread-safe.
 */
final class OrphanFinder implements WatchListener, AutoCloseable {
  private final SessionTransition transition = new SessionTransition();

  /** Under which there are sessions, or were a while ago. */
  private final Set<SessionHost> hosts = ConcurrentHashMap.newKeySet();

  /** Sessions that were told of since they were last asked for. */
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  private final Coordinator.Watch watch;

  /** Also when the watch begins, which is soon. */
  private volatile boolean everythingMayHaveChanged;

  OrphanFinder(Coordinator coordinator) {
    this.watch = coordinator.watch(Keys.SESSIONS, this);
  }

  @Override
  public void started(long revision) {
    everythingMayHaveChanged = true;
  }

  @Override
  public void resync(long revision) {
    everythingMayHaveChanged = true;
  }

  @Override
  public void changed(List<Observation> observations) {
    for (Observation observation : observations) {
      String id = Keys.sessionOf(observation.key()).orElseThrow();
      Entry entry = observation.entry();
      if (entry == null) {
        changed.remove(id);
      } else {
        Session session = transition.decode(entry.value());
        found(session.host());
        changed.add(id);
      }
    }
  }

  /** There is a session under this host. */
  void found(SessionHost host) {
    hosts.add(host);
  }

  /**
   * Whether all sessions must be looked at now, because a host of some has gone, or because nobody
   * knows what has changed. Whoever looks reports what it finds by {@link #found}.
   */
  boolean mustLookAtAll(Predicate<SessionHost> isAlive) {
    boolean all = everythingMayHaveChanged;
    everythingMayHaveChanged = false;
    Set<SessionHost> dead =
        hosts.stream().filter(isAlive.negate()).collect(Collectors.toUnmodifiableSet());
    // Before the look: it finds again those under which there are sessions still.
    hosts.removeAll(dead);
    return all || !dead.isEmpty();
  }

  /** The look failed: it has to be done again. */
  void lookFailed() {
    everythingMayHaveChanged = true;
  }

  /** Sessions that have changed since the last call. */
  Set<String> takeChanged() {
    Set<String> taken = Set.copyOf(changed);
    changed.removeAll(taken);
    return taken;
  }

  @Override
  public void close() {
    watch.close();
  }
}
