// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.session.SessionService;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** What one connection says about sessions. Owns which of them it follows. Thread-safe. */
final class SessionFrames {
  private final SessionSocket node;
  private final FrameChannel channel;
  private final LockFrames locks;
  private final Lifetime lifetime;
  private final Map<String, EntryBoard.Interest> sessions = new ConcurrentHashMap<>();
  private final SessionTransition rules = new SessionTransition();

  SessionFrames(SessionSocket node, FrameChannel channel, LockFrames locks, Lifetime lifetime) {
    this.lifetime = lifetime;
    this.node = node;
    this.channel = channel;
    this.locks = locks;
  }

  void open(ClientFrame.OpenSession open) {
    Duration ttl = Duration.ofMillis(open.ttlMillis());
    Session.ttlProblem(ttl)
        .ifPresent(problem -> {
          throw new ProblemException(
              400, "BAD_TTL", problem + ", not " + ttl, "Ask for another ttl.");
        });
    SessionService.Created created = node.sessions.create(ttl);
    follow(created.id());
    channel.send(
        new ServerFrame.SessionOpened(
            open.request(), created.id(), created.ttl().toMillis(), created.revision()));
  }

  void resume(ClientFrame.ResumeSession resume) {
    String id = sessionId(resume.session());
    EntryKey key = Keys.session(id);
    node.awaitApplied(key, resume.lastSeen());
    follow(id);
    if (!keepAliveOrTell(resume.request(), id)) {
      return;
    }
    // Before the states are read: what is pushed meanwhile is newer than what is told here.
    long revision = node.coordinator.status().appliedRevision();
    List<HandleState> states = new ArrayList<>();
    for (HandleRef ref : resume.handles()) {
      states.add(locks.resume(new Owner(id, ref.holder()), ref.lock()));
    }
    Entry entry = node.coordinator.readLocal(key).observation().entry();
    long ttlMillis = entry == null ? 0 : rules.decode(entry.value()).ttlMillis();
    channel.send(new ServerFrame.SessionResumed(resume.request(), id, ttlMillis, revision, states));
  }

  void keepAlive(ClientFrame.KeepAlive keepAlive) {
    String id = sessionId(keepAlive.session());
    OptionalLong revision = node.sessions.keepAlive(id);
    if (revision.isPresent()) {
      channel.send(new ServerFrame.KeptAlive(keepAlive.request(), id, revision.getAsLong()));
    } else {
      tellEnded(keepAlive.request(), id);
    }
  }

  private boolean keepAliveOrTell(long request, String id) {
    boolean alive = node.sessions.keepAlive(id).isPresent();
    if (!alive) {
      tellEnded(request, id);
    }
    return alive;
  }

  private void tellEnded(long request, String id) {
    channel.send(
        new ServerFrame.SessionEnded(
            request, id, "SESSION_ENDED", node.coordinator.status().appliedRevision()));
  }

  void close(ClientFrame.CloseSession close) {
    String id = sessionId(close.session());
    unfollow(id); // The client ends it: it need not be told.
    long revision = node.sessions.close(id).revision();
    channel.send(new ServerFrame.SessionClosed(close.request(), id, revision));
  }

  private void follow(String session) {
    var _ = lifetime.whileOpen(() -> sessions.computeIfAbsent(session, this::begun));
  }

  private EntryBoard.Interest begun(String session) {
    return node.sessionEntries.follow(
        Keys.session(session),
        now -> {
          if (!now.isPresent() && sessions.containsKey(session)) {
            unfollow(session);
            tellEnded(0, session);
          }
        });
  }

  private void unfollow(String session) {
    EntryBoard.Interest interest = sessions.remove(session);
    if (interest != null) {
      interest.close();
    }
  }

  private static String sessionId(String id) {
    Names.sessionProblem(id)
        .ifPresent(problem -> {
          throw new ProblemException(
              400, "BAD_NAME", problem, "Send the id that the session was opened with.");
        });
    return id;
  }

  void unfollowAll() {
    List.copyOf(sessions.keySet()).forEach(this::unfollow);
  }
}
