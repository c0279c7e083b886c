// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.ClaimNews;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.HandleState.Standing;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.CommandQueues.Settled;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code Conversation}, {@code LockFrames}, {@code SessionFrames} and {@code Handle} of a node:
 * what it says to one client. Each frame has a thread of its own, so they overtake each other.
 */
final class Conversation {
  private static final long CATCH_UP_NANOS = 5 * World.SECONDS;

  private final SimulatedNode node;
  private final Channel channel;
  private final Map<EntryKey, Handle> handles = new TreeMap<>();
  private final Map<String, Runnable> sessions = new TreeMap<>();
  private boolean closed;

  /** To the client. */
  interface Channel {
    void send(ServerFrame frame);

    /** The node has died. */
    void broken();
  }

  private static final class Handle {
    final Owner owner;
    final String lock;
    ClaimNews news = ClaimNews.NONE;
    Runnable unfollow = () -> {};

    Handle(Owner owner, String lock) {
      this.owner = owner;
      this.lock = lock;
    }
  }

  Conversation(SimulatedNode node, Channel channel) {
    this.node = node;
    this.channel = channel;
  }

  void read(byte[] bytes) {
    ClientFrame frame = FrameCodec.CBOR.decodeClient(bytes);
    node.step(() -> answer(frame));
  }

  private void answer(ClientFrame frame) {
    switch (frame) {
      case ClientFrame.Hello _ ->
          send(new ServerFrame.Welcome(node.name, node.agreement.appliedRevision(), List.of()));
      case ClientFrame.OpenSession open -> open(open);
      case ClientFrame.ResumeSession resume -> resume(resume);
      case ClientFrame.KeepAlive keepAlive -> keepAlive(keepAlive);
      case ClientFrame.CloseSession close -> close(close);
      case ClientFrame.Acquire acquire -> acquire(acquire);
      case ClientFrame.Cancel cancel -> cancel(cancel);
      case ClientFrame.Release release -> release(release);
      default -> throw new IllegalStateException("No simulated client sends " + frame);
    }
  }

  private void send(ServerFrame frame) {
    if (!closed) {
      channel.send(frame);
    }
  }

  private void fail(long request, Outcome.Problem problem) {
    boolean unknown = problem == Outcome.Problem.UNKNOWN;
    send(
        new ServerFrame.Failed(
            request, 503, unknown ? "OUTCOME_UNKNOWN" : "NO_MAJORITY", "", "", true));
  }

  /** The client has gone. */
  void closed() {
    closed = true;
    List.copyOf(sessions.keySet()).forEach(this::unfollow);
    handles.values().forEach(Conversation::unfollow);
    handles.clear();
    node.closed(this);
  }

  /** The node has died. */
  void broken() {
    closed = true;
    channel.broken();
  }

  // ---- Sessions ----

  private void open(ClientFrame.OpenSession open) {
    node.sessions.create(
        open.ttlMillis(),
        outcome -> {
          switch (outcome) {
            case Done<SessionShell.Created>(SessionShell.Created created) -> {
              follow(created.id());
              send(
                  new ServerFrame.SessionOpened(
                      open.request(), created.id(), created.ttlMillis(), created.revision()));
            }
            case Outcome.Failed<SessionShell.Created>(Outcome.Problem problem) ->
                fail(open.request(), problem);
          }
        });
  }

  private void resume(ClientFrame.ResumeSession resume) {
    node.agreement.whenApplied(
        resume.lastSeen(),
        CATCH_UP_NANOS,
        applied -> {
          if (!(applied instanceof Done<Long>)) {
            fail(resume.request(), Outcome.Problem.UNAVAILABLE);
            return;
          }
          follow(resume.session());
          node.sessions.keepAlive(
              resume.session(),
              outcome ->
                  alive(resume.request(), resume.session(), outcome, revision -> resumed(resume)));
        });
  }

  private void resumed(ClientFrame.ResumeSession resume) {
    List<HandleState> states = new ArrayList<>();
    for (HandleRef ref : resume.handles()) {
      states.add(resume(new Owner(resume.session(), ref.holder()), ref.lock()));
    }
    send(
        new ServerFrame.SessionResumed(
            resume.request(), resume.session(), 0, node.agreement.appliedRevision(), states));
  }

  private void keepAlive(ClientFrame.KeepAlive keepAlive) {
    node.sessions.keepAlive(
        keepAlive.session(),
        outcome ->
            alive(
                keepAlive.request(),
                keepAlive.session(),
                outcome,
                revision ->
                    send(
                        new ServerFrame.KeptAlive(
                            keepAlive.request(), keepAlive.session(), revision))));
  }

  private void alive(
      long request, String session, Outcome<OptionalLong> outcome, Consumer<Long> then) {
    switch (outcome) {
      case Done<OptionalLong>(OptionalLong revision) -> {
        if (revision.isPresent()) {
          then.accept(revision.getAsLong());
        } else {
          tellEnded(request, session);
        }
      }
      case Outcome.Failed<OptionalLong>(Outcome.Problem problem) -> fail(request, problem);
    }
  }

  private void tellEnded(long request, String session) {
    send(
        new ServerFrame.SessionEnded(
            request, session, "SESSION_ENDED", node.agreement.appliedRevision()));
  }

  private void close(ClientFrame.CloseSession close) {
    unfollow(close.session());
    node.sessions.close(
        close.session(),
        outcome -> {
          switch (outcome) {
            case Done<Settled<dev.holdfast.core.session.SessionReply>>(var settled) ->
                send(
                    new ServerFrame.SessionClosed(
                        close.request(), close.session(), settled.revision()));
            case Outcome.Failed<Settled<dev.holdfast.core.session.SessionReply>>(var problem) ->
                fail(close.request(), problem);
          }
        });
  }

  private void follow(String session) {
    if (closed || sessions.containsKey(session)) {
      return;
    }
    sessions.put(
        session,
        node.follow(
            Keys.session(session),
            now -> {
              if (!now.isPresent() && sessions.containsKey(session)) {
                unfollow(session);
                tellEnded(0, session);
              }
            }));
  }

  private void unfollow(String session) {
    Runnable interest = sessions.remove(session);
    if (interest != null) {
      interest.run();
    }
  }

  // ---- Locks ----

  private void acquire(ClientFrame.Acquire frame) {
    Owner owner = new Owner(frame.session(), frame.holder());
    String lock = frame.lock();
    boolean forever = frame.waitMillis() == FrameLimits.WAIT_FOREVER;
    boolean queue = forever || frame.waitMillis() > 0;
    node.judge.asked(lock, owner, frame.seen());
    long since = node.judge.revision();
    Handle handle = followed(owner, lock);
    run(
        lock,
        new LockCommand.Acquire(owner, mode(frame.mode()), queue, frame.seen()),
        frame.request(),
        settled -> {
          switch (settled.reply()) {
            case LockReply.Granted(long token) -> {
              if (!handle.news.isOver()) {
                send(granted(handle, frame.request(), token, settled.revision()));
                tell(handle, handle.news.granted(token, settled.revision()));
              }
            }
            case LockReply.Queued(long ahead) -> {
              if (!handle.news.isOver()) {
                send(
                    new ServerFrame.Queued(
                        frame.request(),
                        owner.session(),
                        owner.holder(),
                        lock,
                        ahead + 1,
                        settled.revision()));
                tell(handle, handle.news.queued(settled.revision()));
              }
              if (!forever) {
                node.later(
                    frame.waitMillis() * World.MILLIS, () -> endWait(frame.request(), handle));
              }
            }
            case LockReply refusal -> {
              forget(owner, lock);
              if (refusal instanceof LockReply.LockHeld && !queue) {
                node.judge.refusedAsHeld(lock, owner, since);
              }
              refuse(frame.request(), refusal);
            }
          }
        });
  }

  private void refuse(long request, LockReply refusal) {
    String code =
        switch (refusal) {
          case LockReply.LockHeld _ -> "LOCK_HELD";
          case LockReply.StaleRequest _ -> "STALE_REQUEST";
          case LockReply.SessionGone _ -> "SESSION_NOT_FOUND";
          case LockReply.ModeMismatch _ -> "MODE_MISMATCH";
          case LockReply.QueueFull _ -> "QUEUE_FULL";
          case LockReply.Cancelled _ -> "CANCELLED";
          case LockReply.NotHeld _ -> "NOT_HELD";
          default -> throw new IllegalStateException("not a refusal: " + refusal);
        };
    send(new ServerFrame.Failed(request, 409, code, "", "", false));
  }

  private void endWait(long request, Handle handle) {
    if (handle.news.told() != ClaimNews.Told.QUEUED) {
      return;
    }
    node.judge.givingUp(handle.lock, handle.owner);
    node.locks.cancel(
        handle.lock,
        handle.owner,
        answer(
            request,
            settled -> {
              if (settled.reply() instanceof LockReply.Cancelled) {
                forget(handle.owner, handle.lock);
                refuse(request, new LockReply.LockHeld(0));
              }
            }));
  }

  private void cancel(ClientFrame.Cancel frame) {
    Owner owner = new Owner(frame.session(), frame.holder());
    forget(owner, frame.lock());
    node.judge.givingUp(frame.lock(), owner);
    node.locks.endHolder(
        frame.lock(),
        owner,
        answer(
            frame.request(),
            settled ->
                send(
                    new ServerFrame.Cancelled(
                        frame.request(),
                        owner.session(),
                        owner.holder(),
                        frame.lock(),
                        settled.revision()))));
  }

  private void release(ClientFrame.Release frame) {
    Owner owner = new Owner(frame.session(), frame.holder());
    forget(owner, frame.lock());
    node.judge.givingUp(frame.lock(), owner);
    run(
        frame.lock(),
        new LockCommand.Release(owner, frame.token()),
        frame.request(),
        settled ->
            send(
                new ServerFrame.Released(
                    frame.request(),
                    owner.session(),
                    owner.holder(),
                    frame.lock(),
                    settled.revision())));
  }

  private void run(
      String lock, LockCommand command, long request, Consumer<Settled<LockReply>> then) {
    node.locks.run(lock, command, LockShell.COMMAND_NANOS, answer(request, then));
  }

  private Consumer<Outcome<Settled<LockReply>>> answer(
      long request, Consumer<Settled<LockReply>> then) {
    return outcome -> {
      switch (outcome) {
        case Done<Settled<LockReply>>(Settled<LockReply> settled) -> then.accept(settled);
        case Outcome.Failed<Settled<LockReply>>(Outcome.Problem problem) -> fail(request, problem);
      }
    };
  }

  private Handle followed(Owner owner, String lock) {
    EntryKey key = key(owner, lock);
    Handle known = handles.get(key);
    if (known != null) {
      return known;
    }
    Handle handle = new Handle(owner, lock);
    handles.put(key, handle);
    if (!closed) {
      handle.unfollow = node.follow(key, now -> tell(handle, handle.news.changed(now)));
    }
    return handle;
  }

  private void forget(Owner owner, String lock) {
    Handle handle = handles.remove(key(owner, lock));
    if (handle != null) {
      unfollow(handle);
    }
  }

  private static void unfollow(Handle handle) {
    handle.news = handle.news.over();
    handle.unfollow.run();
  }

  private void tell(Handle handle, ClaimNews.Step step) {
    handle.news = step.next();
    Owner owner = handle.owner;
    switch (step.push().orElse(null)) {
      case ClaimNews.Push.Granted(long token, long revision) ->
          send(granted(handle, 0, token, revision));
      case ClaimNews.Push.Lost(long token, long revision) -> {
        send(
            new ServerFrame.Lost(
                owner.session(), owner.holder(), handle.lock, token, "", revision));
        forget(owner, handle.lock);
      }
      case ClaimNews.Push.Cancelled(long revision) -> {
        send(new ServerFrame.Cancelled(0, owner.session(), owner.holder(), handle.lock, revision));
        forget(owner, handle.lock);
      }
      case null -> {}
    }
  }

  private static ServerFrame granted(Handle handle, long request, long token, long revision) {
    Owner owner = handle.owner;
    return new ServerFrame.Granted(
        request, owner.session(), owner.holder(), handle.lock, token, revision, "");
  }

  private HandleState resume(Owner owner, String lock) {
    Handle handle = followed(owner, lock);
    Observation now = node.agreement.readLocal(key(owner, lock));
    @Nullable Claim claim = now.entry() == null ? null : ClaimCodec.decode(now.entry().value());
    tell(handle, handle.news.resumed(claim, now.revision()));
    return switch (claim) {
      case Claim.Held held -> new HandleState(lock, owner.holder(), Standing.HELD, held.token(), 0);
      case Claim.Waiting _ -> new HandleState(lock, owner.holder(), Standing.QUEUED, 0, 1);
      case null -> {
        forget(owner, lock);
        yield new HandleState(lock, owner.holder(), Standing.ABSENT, 0, 0);
      }
    };
  }

  private static EntryKey key(Owner owner, String lock) {
    return Keys.claim(owner.session(), lock, owner.holder());
  }

  private static LockMode mode(dev.holdfast.protocol.LockMode mode) {
    if (mode instanceof dev.holdfast.protocol.LockMode.Permits permits) {
      return new LockMode.Permits(permits.permits(), permits.max());
    }
    return mode instanceof dev.holdfast.protocol.LockMode.Shared
        ? new LockMode.Shared()
        : new LockMode.Exclusive();
  }
}
