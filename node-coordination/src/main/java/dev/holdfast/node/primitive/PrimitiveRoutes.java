// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.core.Names;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.primitive.PrimitiveMessages.CounterRan;
import dev.holdfast.node.primitive.PrimitiveMessages.LatchRan;
import dev.holdfast.node.session.SessionProblemCodes;
import dev.holdfast.protocol.PrimitiveBodies;
import java.time.Duration;

/**
 * {@code /v1/counters} and {@code /v1/latches}: for a look. Programs change them over the socket.
 */
public final class PrimitiveRoutes implements Routes {
  private static final Operation COUNTER =
      Operation.external(
              "readCounter",
              "GET",
              "/v1/counters/{name...}",
              Operation.Scope.LOCKS,
              "The value of a counter.")
          .answers(200, PrimitiveBodies.Counter.class)
          .refuses(SessionProblemCodes.BAD_NAME);
  private static final Operation LATCH =
      Operation.external(
              "readLatch",
              "GET",
              "/v1/latches/{name...}",
              Operation.Scope.LOCKS,
              "What a latch still counts down.")
          .answers(200, PrimitiveBodies.Latch.class)
          .refuses(SessionProblemCodes.BAD_NAME);

  private final Primitives primitives;

  public PrimitiveRoutes(Primitives primitives) {
    this.primitives = primitives;
  }

  @Override
  public void register(Router router) {
    router.add(COUNTER, this::counter);
    router.add(LATCH, this::latch);
  }

  private void counter(Exchange exchange) {
    String name = name(exchange);
    CounterRan ran = primitives.counter(name);
    exchange.respond(200, new PrimitiveBodies.Counter(name, ran.after(), ran.revision()));
  }

  private void latch(Exchange exchange) {
    String name = name(exchange);
    LatchRan ran = primitives.awaitLatch(name, -1, Duration.ZERO);
    exchange.respond(200, new PrimitiveBodies.Latch(name, ran.left(), ran.round(), ran.revision()));
  }

  private static String name(Exchange exchange) {
    String name = exchange.path("name");
    Names.primitiveProblem(name)
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name.");
        });
    return name;
  }
}
