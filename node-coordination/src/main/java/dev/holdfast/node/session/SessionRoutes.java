// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.core.session.Session;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.SessionBodies;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** {@code /v1/sessions}: for shells. Programs use the WebSocket. */
public final class SessionRoutes implements Routes {
  private static final Operation CREATE =
      Operation.external(
              "createSession",
              "POST",
              "/v1/sessions",
              Operation.Scope.LOCKS,
              "Opens a session, which holds locks until it ends.")
          .takes(SessionBodies.Create.class)
          .answers(200, SessionBodies.Info.class)
          .refuses(SessionProblemCodes.BAD_TTL);
  private static final Operation KEEP_ALIVE =
      Operation.external(
              "keepSessionAlive",
              "POST",
              "/v1/sessions/{id}/keepalive",
              Operation.Scope.LOCKS,
              "Prolongs a session by its ttl.")
          .answers(200, SessionBodies.KeptAlive.class)
          .refuses(SessionProblemCodes.SESSION_NOT_FOUND);
  private static final Operation CLOSE =
      Operation.external(
              "closeSession",
              "DELETE",
              "/v1/sessions/{id}",
              Operation.Scope.LOCKS,
              "Ends a session; what it holds is released.")
          .answers(204);

  private final SessionService sessions;

  public SessionRoutes(SessionService sessions) {
    this.sessions = sessions;
  }

  @Override
  public void register(Router router) {
    router.add(CREATE, this::create);
    router.add(KEEP_ALIVE, this::keepAlive);
    router.add(CLOSE, this::close);
  }

  private void create(Exchange exchange) {
    Duration ttl = ttl(exchange.json(SessionBodies.Create.class).ttl());
    SessionService.Created created = sessions.create(ttl);
    exchange.respond(
        200,
        new SessionBodies.Info(
            created.id(), DurationText.format(created.ttl()), created.revision()));
  }

  private static Duration ttl(@Nullable String text) {
    if (text == null) {
      throw badTtl("A session needs a ttl");
    }
    try {
      Duration ttl = DurationText.parse(text);
      Session.ttlProblem(ttl)
          .ifPresent(problem -> {
            throw badTtl(problem + ", not " + text);
          });
      return ttl;
    } catch (IllegalArgumentException e) {
      throw badTtl("The ttl is not a duration: " + e.getMessage());
    }
  }

  private static ProblemException badTtl(String detail) {
    return new ProblemException(
        400, "BAD_TTL", detail, "Send {\"ttl\":\"10s\"}: a number with ms, s, m or h, 1s to 24h.");
  }

  private void keepAlive(Exchange exchange) {
    String id = exchange.path("id");
    OptionalLong revision = sessions.keepAlive(id);
    if (revision.isEmpty()) {
      throw gone(id);
    }
    exchange.respond(200, new SessionBodies.KeptAlive(id, revision.getAsLong()));
  }

  private void close(Exchange exchange) {
    sessions.close(exchange.path("id"));
    exchange.respond(204);
  }

  /** For every route that names a session. */
  public static ProblemException gone(String id) {
    return new ProblemException(
        404,
        "SESSION_NOT_FOUND",
        "Session " + id + " has ended, or never was",
        "Create a new one with POST /v1/sessions; what the old one held is released.");
  }
}
