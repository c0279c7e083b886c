// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.HostSight;
import dev.holdfast.core.session.KeepAlive;
import dev.holdfast.core.session.KeepAliveRoute;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionCommand.Grounds;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.CommandQueues.Settled;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code SessionService} and {@code SessionHosts} of a node, without their threads. */
final class SessionShell {
  private static final long COMMIT_NANOS = 10 * World.SECONDS;
  private static final long HOST_NANOS = World.SECONDS;
  private static final long PAUSE_NANOS = 10 * World.MILLIS;
  private static final long EXPIRE_PAUSE_NANOS = 200 * World.MILLIS;
  private static final int KEEP_ALIVE_TRIES_MAX = 100;
  private static final int ID_TRIES_MAX = 100;
  private static final int ID_BYTES = 12;

  private final SimulatedNode node;
  private final NodeAgreement agreement;
  private final CommandQueues<Session, SessionCommand, SessionReply> queues;
  private final SessionTransition codec = new SessionTransition();
  private final Map<String, Hosted> hosted = new TreeMap<>();

  /** A session was created. */
  record Created(String id, long ttlMillis, long revision) {}

  private static final class Hosted {
    final Session session;
    SessionClock clock;

    Hosted(Session session, SessionClock clock) {
      this.session = session;
      this.clock = clock;
    }
  }

  SessionShell(SimulatedNode node) {
    this.node = node;
    this.agreement = node.agreement;
    this.queues = new CommandQueues<>(node, agreement, node.rules, node.rules.sessions());
  }

  // ---- Create, keep alive, close ----

  void create(long ttlMillis, Consumer<Outcome<Created>> then) {
    if (!agreement.isConnected()) {
      then.accept(Outcome.unavailable());
      return;
    }
    SessionHost host = new SessionHost(node.name, agreement.leaseId());
    String id = freshId();
    long seen = agreement.readLocal(Keys.session(id)).revision();
    submit(
        id,
        new SessionCommand.Create(ttlMillis, host, seen),
        outcome -> {
          if (outcome
              instanceof
              Done<Settled<SessionReply>>(
                  Settled<SessionReply>(SessionReply.Created(Session session), long revision))) {
            node.step(() -> {
              host(id, session, SessionClock.created(session, node.clock.nanos()));
              agreement.whenApplied(
                  revision,
                  HOST_NANOS,
                  applied -> then.accept(new Done<>(new Created(id, ttlMillis, revision))));
            });
          } else {
            then.accept(
                outcome instanceof Outcome.Failed<Settled<SessionReply>>(Outcome.Problem problem)
                    ? new Outcome.Failed<>(problem)
                    : Outcome.unavailable());
          }
        });
  }

  private String freshId() {
    byte[] bytes = new byte[ID_BYTES];
    for (int i = 0; i < ID_TRIES_MAX; i++) {
      node.random.nextBytes(bytes);
      String id = HexFormat.of().formatHex(bytes);
      if (node.isHome(Keys.session(id))) {
        return id;
      }
    }
    return HexFormat.of().formatHex(bytes);
  }

  /** Empty when the session has ended. */
  void keepAlive(String id, Consumer<Outcome<OptionalLong>> then) {
    keepAlive(id, 0, then);
  }

  private void keepAlive(String id, int attempt, Consumer<Outcome<OptionalLong>> then) {
    if (attempt == KEEP_ALIVE_TRIES_MAX) {
      then.accept(Outcome.unavailable());
      return;
    }
    EntryKey key = Keys.session(id);
    Observation applied = agreement.readLocal(key);
    if (applied.isPresent()) {
      route(id, applied, attempt, then);
      return;
    }
    agreement.read(
        COMMIT_NANOS,
        outcome -> {
          switch (outcome) {
            case Done<Table>(Table table) -> route(id, table.observe(key), attempt, then);
            case Outcome.Failed<Table> _ -> then.accept(Outcome.unavailable());
          }
        });
  }

  private void route(
      String id, Observation seen, int attempt, Consumer<Outcome<OptionalLong>> then) {
    Runnable again = () -> keepAlive(id, attempt + 1, then);
    switch (KeepAliveRoute.of(
        decoded(seen.entry()), new SessionHost(node.name, agreement.leaseId()))) {
      case KeepAliveRoute.Ended _ -> then.accept(new Done<>(OptionalLong.empty()));
      case KeepAliveRoute.Here _ -> {
        if (judge(id, seen) instanceof KeepAlive.Acknowledged) {
          then.accept(new Done<>(OptionalLong.of(seen.revision())));
        } else {
          node.later(PAUSE_NANOS, again);
        }
      }
      case KeepAliveRoute.AskHost(SessionHost host) ->
          node.<OptionalLong>call(
              host.node(),
              HOST_NANOS,
              true,
              (other, reply) -> reply.accept(other.sessions.keepAliveAsHost(id)),
              (answer, silence) -> {
                if (answer != null && answer.isPresent()) {
                  then.accept(new Done<>(answer));
                } else {
                  adopt(id, host, Grounds.KEEP_ALIVE_IN_HAND, then, again);
                }
              });
      case KeepAliveRoute.Adopt(SessionHost host) ->
          adopt(id, host, Grounds.KEEP_ALIVE_IN_HAND, then, again);
    }
  }

  private OptionalLong keepAliveAsHost(String id) {
    Observation applied = agreement.readLocal(Keys.session(id));
    return judge(id, applied) instanceof KeepAlive.Acknowledged
        ? OptionalLong.of(applied.revision())
        : OptionalLong.empty();
  }

  private KeepAlive judge(String id, Observation applied) {
    @Nullable Hosted known = hosted.get(id);
    if (known == null) {
      return new KeepAlive.Refused(KeepAlive.Why.NOT_HOST);
    }
    HostSight sight =
        new HostSight(
            known.session.isHosted(decoded(applied.entry()), agreement.leaseId()),
            agreement.validUntilNanos(),
            agreement.provenRevision(),
            applied.revision());
    KeepAlive verdict = known.clock.keepAlive(node.clock.nanos(), sight);
    if (verdict instanceof KeepAlive.Acknowledged(SessionClock next)) {
      known.clock = next;
      node.judge.keptAlive(id, known.session.ttlMillis(), node.world.now());
    }
    return verdict;
  }

  void close(String id, Consumer<Outcome<Settled<SessionReply>>> then) {
    submit(id, new SessionCommand.Close(), then);
  }

  // ---- Adopting ----

  void adoptOrphans() {
    SessionHost self = new SessionHost(node.name, agreement.leaseId());
    for (Entry entry : agreement.scanLocal(Keys.SESSIONS)) {
      String id = Keys.sessionOf(entry.key()).orElseThrow();
      Session session = codec.decode(entry.value());
      SessionHost host = session.host();
      if (host.equals(self)) {
        if (!hosted.containsKey(id)) {
          hostAdopted(id, session);
        }
      } else if (!agreement.isAlive(host.node(), host.lease()) && node.isHome(entry.key())) {
        adopt(id, host, Grounds.HOST_LEASE_GONE, outcome -> {}, () -> {});
      }
    }
  }

  private void adopt(
      String id,
      SessionHost expected,
      Grounds grounds,
      Consumer<Outcome<OptionalLong>> failed,
      Runnable done) {
    if (!agreement.isConnected()) {
      failed.accept(Outcome.unavailable());
      return;
    }
    SessionHost self = new SessionHost(node.name, agreement.leaseId());
    submit(
        id,
        new SessionCommand.Adopt(self, expected, grounds),
        outcome -> {
          switch (outcome) {
            case Outcome.Failed<Settled<SessionReply>>(Outcome.Problem problem) ->
                failed.accept(new Outcome.Failed<>(problem));
            case Done<Settled<SessionReply>>(
                    Settled<SessionReply>(SessionReply.Adopted(Session session), long revision)) ->
                node.step(() -> {
                  hostAdopted(id, session);
                  agreement.whenApplied(revision, HOST_NANOS, applied -> done.run());
                });
            case Done<Settled<SessionReply>> _ -> done.run();
          }
        });
  }

  private void hostAdopted(String id, Session session) {
    Duration lease = Duration.ofMillis(Agreement.LEASE_MILLIS);
    host(id, session, node.rules.adopted(session, node.clock.nanos(), lease));
  }

  private void submit(
      String id, SessionCommand command, Consumer<Outcome<Settled<SessionReply>>> then) {
    queues.submit(Keys.session(id), command, COMMIT_NANOS, then);
  }

  // ---- Hosting ----

  private void host(String id, Session session, SessionClock clock) {
    Hosted known = hosted.get(id);
    if (session.isNews(known == null ? null : known.session)) {
      Hosted begun = new Hosted(session, clock);
      hosted.put(id, begun);
      node.trace("hosts " + id);
      lookAtItsDeadline(id, begun);
    }
  }

  private void lookAtItsDeadline(String id, Hosted session) {
    node.later(
        session.clock.deadlineNanos() - node.clock.nanos(),
        () -> {
          if (hosted.get(id) != session) {
            return;
          }
          if (session.clock.isDue(node.clock.nanos())) {
            session.clock = node.rules.expirySubmitted(session.clock);
            node.trace("session " + id + " is due");
            node.step(() -> expire(id, session));
          } else {
            lookAtItsDeadline(id, session);
          }
        });
  }

  private void expire(String id, Hosted session) {
    if (hosted.get(id) != session) {
      return;
    }
    submit(
        id,
        new SessionCommand.Expire(session.session),
        outcome -> {
          switch (outcome) {
            case Done<Settled<SessionReply>> _ -> see(agreement.readLocal(Keys.session(id)));
            case Outcome.Failed<Settled<SessionReply>> _ ->
                node.later(EXPIRE_PAUSE_NANOS, () -> expire(id, session));
          }
        });
  }

  /** Drops what has ended, or was adopted by another node. */
  void see(Observation observation) {
    String id = Keys.sessionOf(observation.key()).orElseThrow();
    @Nullable Hosted known = hosted.get(id);
    if (known != null && known.session.isOver(decoded(observation.entry()))) {
      node.trace("no longer hosts " + id);
      hosted.remove(id);
    }
  }

  void resync() {
    for (String id : List.copyOf(hosted.keySet())) {
      see(agreement.readLocal(Keys.session(id)));
    }
  }

  @Nullable Session decoded(@Nullable Entry entry) {
    return entry == null ? null : codec.decode(entry.value());
  }
}
