// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.feature.Chore;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.fence.LockFences;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.coordinator.Coordinator;
import java.time.Duration;
import java.util.List;

/** Locks: who holds and waits, what ended sessions held, and the fences that writes may name. */
public final class LockFeature implements Feature {
  public static final PeerKinds PEER_KINDS =
      PeerKinds.none()
          .feature(
              23,
              List.of(
                  Owner.class,
                  LockMode.Exclusive.class,
                  LockMode.Shared.class,
                  LockMode.Permits.class,
                  LockCommand.Acquire.class,
                  LockCommand.Release.class,
                  LockCommand.Cancel.class,
                  LockCommand.EndHolder.class,
                  LockCommand.Refill.class,
                  LockCommand.Forget.class,
                  LockReply.Granted.class,
                  LockReply.Queued.class,
                  LockReply.LockHeld.class,
                  LockReply.QueueFull.class,
                  LockReply.Released.class,
                  LockReply.NotHeld.class,
                  LockReply.Cancelled.class,
                  LockReply.StaleRequest.class,
                  LockReply.SessionGone.class,
                  LockReply.ModeMismatch.class,
                  LockReply.Refilled.class,
                  LockReply.Forgotten.class,
                  LockReply.NotForgotten.class,
                  LockMessages.RunLock.class,
                  LockMessages.LockRan.class))
          .feature(400, List.of(LockCommand.Downgrade.class))
          .feature(420, List.of(LockReply.Moved.class));

  private static final Duration ENDED_EVERY = Duration.ofSeconds(5);
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);

  private final Coordinator coordinator;
  private final ClusterView cluster;
  private final EntryBoard claims;
  private final EntryLimit limit;
  private final LockService locks;
  private final Fences fences;
  private final EndedSessions ended;
  private final LockSweeper sweeper;

  /**
   * @param locksMax entries of locks in the cluster
   */
  public LockFeature(NodeServices services, ClusterView cluster, Homes homes, int locksMax) {
    this.coordinator = services.coordinator();
    this.cluster = cluster;
    LockGateway gateway =
        new LockGateway(
            coordinator,
            services.peers(),
            homes,
            services.self(),
            services.meter(),
            services.nanoTime());
    this.claims = services.open(new EntryBoard(coordinator, Keys.CLAIMS, services.meter()));
    this.limit =
        services.open(
            new EntryLimit(coordinator, Keys.LOCKS, "lock.max", locksMax, services.random()));
    this.locks = new LockService(coordinator, gateway, claims, limit);
    this.fences = new LockFences(coordinator);
    this.ended = services.open(new EndedSessions(coordinator, gateway, homes, services.nanoTime()));
    this.sweeper = new LockSweeper(coordinator, gateway, homes);
  }

  public LockService service() {
    return locks;
  }

  /** Of all locks: what a connection waits for and holds. */
  public EntryBoard claims() {
    return claims;
  }

  /** Of writes that name one. */
  public Fences fences() {
    return fences;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new LockRoutes(locks, coordinator, cluster));
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("lock.used", sweeper, LockSweeper::used);
    gauges.gauge("lock.entries", limit, EntryLimit::count);
    gauges.gauge("lock.followed", claims, EntryBoard::count);
  }

  @Override
  public List<Chore> chores() {
    return List.of(
        new Chore(ENDED_EVERY, "release ended sessions", ended),
        new Chore(SWEEP_EVERY, "sweep locks", sweeper));
  }

  /** Waits for locks are withdrawn: their clients ask another node. */
  @Override
  public void leave() {
    locks.endWaits();
  }
}
