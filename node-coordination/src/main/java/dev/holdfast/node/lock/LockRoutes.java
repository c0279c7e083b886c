// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.LockView;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.SessionAlias;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.session.SessionProblemCodes;
import dev.holdfast.node.session.SessionRoutes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** {@code /v1/locks}: for shells. Programs use the WebSocket. */
public final class LockRoutes implements Routes {
  private static final Operation ACQUIRE =
      Operation.external(
              "acquireLock",
              "POST",
              "/v1/locks/{name...}",
              Operation.Scope.LOCKS,
              "Acquires a lock, and waits for it as long as asked to.")
          .takes(LockBodies.Acquire.class)
          .answers(200, LockBodies.Grant.class)
          .refuses(
              SessionProblemCodes.BAD_NAME,
              LockProblemCodes.BAD_WAIT,
              LockProblemCodes.BAD_DELAY,
              SessionProblemCodes.SESSION_NOT_FOUND,
              LockProblemCodes.LOCK_HELD,
              LockProblemCodes.MODE_MISMATCH,
              LockProblemCodes.STALE_REQUEST,
              LockProblemCodes.CANCELLED,
              LockProblemCodes.QUEUE_FULL);
  private static final Operation DOWNGRADE =
      Operation.external(
              "downgradeLock",
              "PUT",
              "/v1/locks/{name...}",
              Operation.Scope.LOCKS,
              "Makes an exclusive hold a shared one.")
          .takes(LockBodies.Downgrade.class)
          .answers(200, LockBodies.Grant.class)
          .refuses(
              SessionProblemCodes.BAD_NAME,
              SessionProblemCodes.SESSION_NOT_FOUND,
              LockProblemCodes.NOT_HELD,
              LockProblemCodes.STALE_REQUEST);
  private static final Operation RELEASE =
      Operation.external(
              "releaseLock",
              "DELETE",
              "/v1/locks/{name...}",
              Operation.Scope.LOCKS,
              "Releases a lock, or withdraws a wait for it.")
          .query("session", "The session of the hold.")
          .query("holder", "The holder within its session.")
          .answers(200, LockBodies.Released.class)
          .refuses(
              SessionProblemCodes.BAD_NAME,
              SessionProblemCodes.SESSION_NOT_FOUND,
              LockProblemCodes.NOT_HELD,
              LockProblemCodes.STALE_REQUEST);
  private static final Operation SHOW =
      Operation.external(
              "showLock",
              "GET",
              "/v1/locks/{name...}",
              Operation.Scope.LOCKS,
              "Who holds a lock, and who waits for it.")
          .answers(200, LockBodies.View.class)
          .refuses(SessionProblemCodes.BAD_NAME);
  private static final Operation LIST =
      Operation.external(
              "listLocks", "GET", "/v1/locks", Operation.Scope.LOCKS, "Locks that are in use.")
          .query("prefix", "Of their names.")
          .query("after", "What the page before named as next.")
          .answers(200, LockBodies.Page.class);

  private static final int LIST_LIMIT_MAX = 1_000;

  private final LockService locks;
  private final Coordinator coordinator;
  private final ClusterView cluster;
  private final LockTransition transition = new LockTransition();

  public LockRoutes(LockService locks, Coordinator coordinator, ClusterView cluster) {
    this.locks = locks;
    this.coordinator = coordinator;
    this.cluster = cluster;
  }

  @Override
  public void register(Router router) {
    router.add(ACQUIRE, this::acquire);
    router.add(DOWNGRADE, this::downgrade);
    router.add(RELEASE, this::release);
    router.add(SHOW, this::show);
    router.add(LIST, this::list);
  }

  private void acquire(Exchange exchange) {
    String lock = lockName(exchange);
    LockBodies.Acquire body = exchange.json(LockBodies.Acquire.class);
    Owner owner = owner(body.session(), body.holder());
    LockMode mode = body.mode() == null ? LockMode.EXCLUSIVE : body.mode();
    Settled<LockReply> settled =
        locks.acquire(
            lock,
            owner,
            WireModes.toCore(mode),
            body.seen() == null ? -1 : body.seen(),
            duration("wait", body.waitText()),
            duration("delay", body.delayText()).toMillis(),
            exchange::onClientGone);
    respond(exchange, lock, owner, mode, settled);
  }

  private void downgrade(Exchange exchange) {
    String lock = lockName(exchange);
    LockBodies.Downgrade body = exchange.json(LockBodies.Downgrade.class);
    Owner owner = owner(body.session(), body.holder());
    if (body.mode() == null || !body.mode().equals(LockMode.SHARED)) {
      throw new ProblemException(
          400,
          "INVALID_VALUE",
          "A hold can only become shared, from exclusive",
          "To get more, release it and acquire it anew.");
    }
    Settled<LockReply> settled = await(locks.downgrade(lock, owner, LockInput.token(body.token())));
    respond(exchange, lock, owner, LockMode.SHARED, settled);
  }

  private void respond(
      Exchange exchange, String lock, Owner owner, LockMode mode, Settled<LockReply> settled) {
    switch (settled.reply()) {
      case LockReply.Granted(long token) -> {
        String home = locks.homeOf(lock);
        exchange.respond(
            200,
            new LockBodies.Grant(
                lock,
                owner.session(),
                owner.holder(),
                mode,
                token,
                settled.revision(),
                home,
                cluster.member(home).map(ClusterView.Member::apiUrl).orElse("")));
      }
      case LockReply refusal -> throw refused(lock, owner, refusal);
    }
  }

  /** Every reply but a grant, as a client that asked for the lock is told. */
  public static ProblemException refused(String lock, Owner owner, LockReply reply) {
    return switch (reply) {
      case LockReply.LockHeld(long ahead) ->
          new ProblemException(
                  409,
                  "LOCK_HELD",
                  "Lock '" + lock + "' is held, with " + ahead + " waiting before this request",
                  "Send the request again with a longer \"wait\".")
              .with("position", ahead + 1);
      case LockReply.QueueFull(long waiters) ->
          new ProblemException(
              429, "QUEUE_FULL", waiters + " wait for lock '" + lock + "' already", "Try later.");
      case LockReply.StaleRequest _ ->
          new ProblemException(
              409,
              "STALE_REQUEST",
              "What this request asked for was released or cancelled since it was first sent",
              "Send it anew, with a newer \"seen\".");
      case LockReply.SessionGone _ -> SessionRoutes.gone(owner.session());
      case LockReply.ModeMismatch(int permits) ->
          new ProblemException(
              409,
              "MODE_MISMATCH",
              "Lock '%s' is in use %s"
                  .formatted(
                      lock, permits == 0 ? "without permits" : "with " + permits + " permits"),
              "Use the same kind of mode, and the same number of permits in all.");
      case LockReply.Cancelled _ ->
          new ProblemException(
              409,
              "CANCELLED",
              "This wait for lock '" + lock + "' was withdrawn by another request",
              "Send it again if the lock is still needed.");
      case LockReply.NotHeld _ ->
          new ProblemException(
              409,
              "NOT_HELD",
              "Holder '%s' of session %s does not hold lock '%s'"
                  .formatted(owner.holder(), owner.session(), lock),
              "Nothing has to be released; GET /v1/locks/" + lock + " tells who holds it.");
      case LockReply.Granted _,
          LockReply.Queued _,
          LockReply.Released _,
          LockReply.Moved _,
          LockReply.Refilled _,
          LockReply.Forgotten _,
          LockReply.NotForgotten _ ->
          throw new IllegalStateException("Not a refusal: " + reply);
    };
  }

  private void release(Exchange exchange) {
    String lock = lockName(exchange);
    Owner owner =
        owner(exchange.query("session").orElse(null), exchange.query("holder").orElse(null));
    Settled<LockReply> settled =
        exchange
            .query("token")
            .map(token -> locks.release(lock, owner, token(token)))
            .orElseGet(() -> locks.release(lock, owner));
    if (!(settled.reply() instanceof LockReply.Released)) {
      throw refused(lock, owner, settled.reply());
    }
    exchange.respond(
        200, new LockBodies.Released(lock, owner.session(), owner.holder(), settled.revision()));
  }

  private void show(Exchange exchange) {
    String lock = lockName(exchange);
    Observation seen = coordinator.read(Keys.lock(lock), LockService.COMMAND_TIMEOUT);
    Entry entry = seen.entry();
    exchange.respond(
        200,
        entry == null
            ? new LockBodies.View(lock, List.of(), List.of(), 0, seen.revision())
            : view(lock, transition.decode(entry.value()), seen.revision()));
  }

  private void list(Exchange exchange) {
    String prefix = exchange.query("prefix").orElse("");
    EntryKey after = exchange.query("after").map(Keys::lock).orElse(null);
    Coordinator.Page page =
        coordinator.scan(Keys.LOCKS + prefix, after, LIST_LIMIT_MAX, LockService.COMMAND_TIMEOUT);
    List<LockBodies.View> views = new ArrayList<>();
    for (Entry entry : page.entries()) {
      LockState state = transition.decode(entry.value());
      if (state.isInUse()) {
        views.add(view(Keys.lockOf(entry.key()).orElseThrow(), state, entry.revision()));
      }
    }
    String next = Optional.ofNullable(page.next()).flatMap(Keys::lockOf).orElse(null);
    exchange.respond(200, new LockBodies.Page(views, next));
  }

  private static LockBodies.View view(String lock, LockState state, long revision) {
    LockView view = LockView.of(lock, state);
    List<LockBodies.Waiter> waiters = new ArrayList<>();
    for (var waiter : view.waiters()) {
      waiters.add(
          new LockBodies.Waiter(
              SessionAlias.of(waiter.owner().session()),
              waiter.owner().holder(),
              WireModes.toWire(waiter.mode()),
              waiters.size() + 1));
    }
    return new LockBodies.View(
        lock,
        view.holders().stream().map(LockRoutes::holder).toList(),
        waiters,
        view.waitersInAll(),
        revision);
  }

  private static LockBodies.Holder holder(Grant grant) {
    return new LockBodies.Holder(
        SessionAlias.of(grant.owner().session()),
        grant.owner().holder(),
        WireModes.toWire(grant.mode()),
        grant.token());
  }

  private static String lockName(Exchange exchange) {
    return LockInput.lockName(exchange.path("name"));
  }

  private static Owner owner(@Nullable String session, @Nullable String holder) {
    if (session == null || holder == null) {
      throw new ProblemException(
          400,
          "MISSING_FIELD",
          "A lock is asked for by a session and a holder",
          "Name both: \"session\" from POST /v1/sessions, \"holder\" as you like.");
    }
    return LockInput.owner(session, holder);
  }

  private static long token(String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw new ProblemException(
          400,
          "BAD_QUERY",
          "token is '" + text + "': it takes the token of a grant",
          "Correct it.");
    }
    return LockInput.token(Long.parseLong(text));
  }

  /** The command has a deadline of its own, so this ends. */
  private static Settled<LockReply> await(CompletableFuture<Settled<LockReply>> reply) {
    try {
      return reply.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private static Duration duration(String field, @Nullable String text) {
    if (text == null) {
      return Duration.ZERO;
    }
    try {
      Duration wait = DurationText.parse(text);
      if (wait.compareTo(LockInput.WAIT_MAX) <= 0) {
        return wait;
      }
    } catch (IllegalArgumentException e) {
      // Falls through: both are told the same way.
    }
    throw new ProblemException(
        400,
        field.equals("wait") ? "BAD_WAIT" : "BAD_DELAY",
        "\"" + field + "\" is a duration of at most 10m, not '" + text + "'",
        "Send a number with ms, s, m or h; 0s to try only.");
  }
}
