// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.UpkeepBodies;

/** {@code /v1/cluster/cleanup}: what nothing needs any more. */
public final class CleanupRoutes implements Routes {
  private static final String PATH = "/v1/cluster/cleanup";
  private static final Operation STATE =
      Operation.external(
              "cleanupState",
              "GET",
              PATH,
              Operation.Scope.METADATA,
              "How the last cleanup of each node went.")
          .answers(200, UpkeepBodies.Cleanup.class);
  private static final Operation BEGIN =
      Operation.external(
              "beginCleanup",
              "POST",
              PATH,
              Operation.Scope.ADMIN,
              "Begins a cleanup at each node that is up: a plan, unless 'run' is said.")
          .query("run", "Carries it out.")
          .answers(202, UpkeepBodies.Cleanup.class);

  private final ClusterCleanup cleanup;

  public CleanupRoutes(ClusterCleanup cleanup) {
    this.cleanup = cleanup;
  }

  @Override
  public void register(Router router) {
    router.add(STATE, exchange -> exchange.respond(200, cleanup.tell("ask")));
    router.add(BEGIN, this::begin);
  }

  private void begin(Exchange exchange) {
    exchange.respond(202, cleanup.tell(exchange.query("run").isPresent() ? "run" : "plan"));
  }
}
