// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.KeepAlive;
import dev.holdfast.core.session.KeepAliveRoute;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionCommand.Grounds;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.cluster.LeaseEntries;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.session.SessionMessages.HostVerdict;
import dev.holdfast.node.session.SessionMessages.KeepAliveAtHost;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions as scripts of their use cases: create, keep alive, close, adopt. */
public final class SessionService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionService.class);
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration HOST_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final int KEEP_ALIVE_TRIES_MAX = 100;
  private static final int ID_TRIES_MAX = 1_000;
  private static final int ID_BYTES = 12;
  private static final int PAGE = 1_000;

  private final Coordinator coordinator;
  private final PeerNetwork peers;
  private final Homes homes;
  private final String self;
  private final Transactor<Session, SessionCommand, SessionReply> transactor;
  private final SessionHosts hosts;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final int sessionsMax;
  private final OrphanFinder orphans;
  private final SessionTransition transition = new SessionTransition();

  /**
   * @param sessionsMax that this node hosts at most; above that it creates none, and still adopts
   */
  public SessionService(
      Coordinator coordinator,
      PeerNetwork peers,
      Homes homes,
      String self,
      Transactor<Session, SessionCommand, SessionReply> transactor,
      SessionHosts hosts,
      LongSupplier nanoTime,
      RandomGenerator random,
      int sessionsMax) {
    this.coordinator = coordinator;
    this.peers = peers;
    this.homes = homes;
    this.self = self;
    this.transactor = transactor;
    this.hosts = hosts;
    this.nanoTime = nanoTime;
    this.random = random;
    this.sessionsMax = sessionsMax;
    this.orphans = new OrphanFinder(coordinator);
    peers.serve(KeepAliveAtHost.class, (from, request) -> keepAliveAsHost(request.session()));
  }

  /**
   * Creates a session that this node hosts.
   *
   * @param ttl as {@link Session#ttlProblem} allows
   * @throws CoordinatorException as {@link Coordinator#commit}; a session of unknown outcome ends
   *     by itself, since nobody keeps it alive
   */
  public Created create(Duration ttl) {
    int hosted = hosts.count();
    if (hosted >= sessionsMax) {
      throw new LimitExceededException(
          "session.maxPerNode",
          sessionsMax,
          hosted + 1L,
          "Close some, create it at another node, or raise the limit.");
    }
    SessionHost host = asHost();
    String id = freshId();
    long seen = coordinator.readLocal(Keys.session(id)).observation().revision();
    Settled<SessionReply> settled =
        submit(id, new SessionCommand.Create(ttl.toMillis(), host, seen));
    if (!(settled.reply() instanceof SessionReply.Created(Session session))) {
      throw new UnavailableException("Session id " + id + " is in use: " + settled.reply());
    }
    hosts.host(id, session, SessionClock.created(session, nanoTime.getAsLong()));
    awaitApplied(id, settled.revision());
    return new Created(id, session.ttl(), settled.revision());
  }

  public record Created(String id, Duration ttl, long revision) {}

  /** An id whose home is this node, so that whoever looks for the session asks here first. */
  private String freshId() {
    byte[] bytes = new byte[ID_BYTES];
    for (int i = 0; i < ID_TRIES_MAX; i++) {
      random.nextBytes(bytes);
      String id = HexFormat.of().formatHex(bytes);
      if (homes.isHome(Keys.session(id))) {
        return id;
      }
    }
    return HexFormat.of().formatHex(bytes); // A home is a hint: any id works.
  }

  private SessionHost asHost() {
    NodeLease lease = coordinator.lease();
    if (lease.state() != NodeLease.State.CONNECTED) {
      throw new UnavailableException("This node has no connection to a majority");
    }
    return new SessionHost(self, lease.id());
  }

  /**
   * Keeps a session alive, through its host or by adopting it.
   *
   * @return the revision that the answer rests on; empty when the session has ended
   * @throws UnavailableException when nobody could speak for the session; retry within the TTL
   */
  public OptionalLong keepAlive(String id) {
    EntryKey key = Keys.session(id);
    for (int attempt = 0; attempt < KEEP_ALIVE_TRIES_MAX; attempt++) {
      Observation applied = coordinator.readLocal(key).observation();
      Observation seen = applied.isPresent() ? applied : coordinator.read(key, COMMIT_TIMEOUT);
      Entry entry = seen.entry();
      Session session = entry == null ? null : transition.decode(entry.value());
      switch (KeepAliveRoute.of(session, new SessionHost(self, coordinator.lease().id()))) {
        case KeepAliveRoute.Ended _ -> {
          return OptionalLong.empty();
        }
        case KeepAliveRoute.Here _ -> {
          if (hosts.keepAlive(id, seen) instanceof KeepAlive.Acknowledged) {
            return OptionalLong.of(seen.revision());
          }
          // Ending, behind or unsure: all of these pass, one way or the other.
          LockSupport.parkNanos(PAUSE.toNanos());
        }
        case KeepAliveRoute.AskHost(SessionHost host) -> {
          OptionalLong answer = askHost(host, id);
          if (answer.isPresent()) {
            return answer;
          }
          adopt(id, host, Grounds.KEEP_ALIVE_IN_HAND);
        }
        case KeepAliveRoute.Adopt(SessionHost host) -> adopt(id, host, Grounds.KEEP_ALIVE_IN_HAND);
      }
    }
    throw new UnavailableException("The host of session " + id + " cannot speak for it now");
  }

  private OptionalLong askHost(SessionHost host, String id) {
    try {
      HostVerdict verdict = peers.call(host.node(), new KeepAliveAtHost(id), HOST_TIMEOUT);
      return verdict.acknowledged() ? OptionalLong.of(verdict.revision()) : OptionalLong.empty();
    } catch (PeerException e) {
      LOG.debug("Host {} of session {} does not answer: {}", host, id, e.getMessage());
      return OptionalLong.empty();
    }
  }

  private HostVerdict keepAliveAsHost(String id) {
    Observation applied = coordinator.readLocal(Keys.session(id)).observation();
    boolean acknowledged = hosts.keepAlive(id, applied) instanceof KeepAlive.Acknowledged;
    return new HostVerdict(acknowledged, applied.revision());
  }

  /**
   * Ends a session; its claims are released right after. Ending it again is no error. Returns when
   * this node has applied it, so that it does not keep alive what it has just ended.
   */
  public Settled<SessionReply> close(String id) {
    Settled<SessionReply> settled = submit(id, new SessionCommand.Close());
    awaitApplied(id, settled.revision());
    return settled;
  }

  /**
   * Adopts the sessions whose home this node is and whose host's lease has ended; and hosts those
   * that name this node as their host, while it never learned that its commit had gone through. Run
   * every second by one thread; costs next to nothing while all hosts live.
   */
  public void adoptOrphans() {
    SessionHost here = new SessionHost(self, coordinator.lease().id());
    Set<String> changed = orphans.takeChanged();
    if (!orphans.mustLookAtAll(host -> host.equals(here) || isAlive(host))) {
      changed.forEach(id -> hostIfOwn(id, here));
      return;
    }
    try {
      lookAtAll(here);
    } catch (RuntimeException | Error e) {
      orphans.lookFailed();
      throw e;
    }
  }

  private void hostIfOwn(String id, SessionHost here) {
    Entry entry = coordinator.readLocal(Keys.session(id)).observation().entry();
    if (entry != null) {
      look(id, entry, here);
    }
  }

  private void lookAtAll(SessionHost here) {
    EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scanLocal(Keys.SESSIONS, after, PAGE);
      for (Entry entry : page.entries()) {
        look(Keys.sessionOf(entry.key()).orElseThrow(), entry, here);
      }
      after = page.next();
    } while (after != null);
  }

  private void look(String id, Entry entry, SessionHost here) {
    Session session = transition.decode(entry.value());
    SessionHost host = session.host();
    orphans.found(host);
    if (host.equals(here)) {
      if (!hosts.isHosted(id)) {
        hostAdopted(id, session);
      }
    } else if (!isAlive(host) && homes.isHome(entry.key())) {
      adopt(id, host, Grounds.HOST_LEASE_GONE);
    }
  }

  private boolean isAlive(SessionHost host) {
    return LeaseEntries.isAlive(coordinator, host.node(), host.lease());
  }

  private void adopt(String id, SessionHost expected, Grounds grounds) {
    Settled<SessionReply> settled =
        submit(id, new SessionCommand.Adopt(asHost(), expected, grounds));
    if (settled.reply() instanceof SessionReply.Adopted(Session session)) {
      hostAdopted(id, session);
      awaitApplied(id, settled.revision());
      LOG.debug("Adopted session {} of {}: {}", id, expected, grounds);
    }
  }

  private void hostAdopted(String id, Session session) {
    Duration nodeLease = Duration.ofMillis(coordinator.lease().ttlMillis());
    hosts.host(id, session, SessionClock.adopted(session, nanoTime.getAsLong(), nodeLease));
  }

  private Settled<SessionReply> submit(String id, SessionCommand command) {
    return transactor.submit(Keys.session(id), command, COMMIT_TIMEOUT);
  }

  /** The host answers from what it has applied; its own commit should be a part of that. */
  private void awaitApplied(String id, long revision) {
    long deadline = nanoTime.getAsLong() + HOST_TIMEOUT.toNanos();
    EntryKey key = Keys.session(id);
    while (coordinator.readLocal(key).observation().revision() < revision
        && nanoTime.getAsLong() - deadline < 0) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  @Override
  public void close() {
    orphans.close();
  }
}
