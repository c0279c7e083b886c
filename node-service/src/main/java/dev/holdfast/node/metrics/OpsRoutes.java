// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** {@code /metrics}, {@code /health/live} and {@code /health/ready}. */
public final class OpsRoutes implements Routes {
  private static final Operation METRICS =
      Operation.system(
              "metrics",
              "GET",
              "/metrics",
              Operation.Scope.METADATA,
              "The metrics of this node, for Prometheus.")
          .answersBytes(200, "text/plain; version=0.0.4");
  private static final Operation LIVE =
      Operation.system(
              "live", "GET", "/health/live", Operation.Scope.NONE, "Whether the process answers.")
          .answers(200, ClusterBodies.Health.class);
  private static final Operation READY =
      Operation.system(
              "ready",
              "GET",
              "/health/ready",
              Operation.Scope.NONE,
              "Whether clients should be sent here.")
          .answers(200, ClusterBodies.Health.class)
          .refuses(OpsProblemCodes.NOT_READY);

  private final Metrics metrics;
  private final HealthChecks checks;

  OpsRoutes(Metrics metrics, HealthChecks checks) {
    this.metrics = metrics;
    this.checks = checks;
  }

  @Override
  public void register(Router router) {
    router.add(METRICS, this::metrics);
    router.add(LIVE, exchange -> exchange.respond(200, new ClusterBodies.Health("live")));
    router.add(READY, this::ready);
  }

  private void metrics(Exchange exchange) throws IOException {
    byte[] text = metrics.scrape().getBytes(StandardCharsets.UTF_8);
    exchange.responseHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    try (OutputStream out = exchange.respondStream(200, text.length)) {
      out.write(text);
    }
  }

  private void ready(Exchange exchange) {
    Map<String, String> failing = checks.failing();
    if (!failing.isEmpty()) {
      throw new ProblemException(
              503,
              "NOT_READY",
              "Not ready: "
                  + String.join(
                      "; ",
                      failing.entrySet().stream()
                          .map(fault -> fault.getKey() + " (" + fault.getValue() + ")")
                          .toList()),
              "Wait, or ask another node")
          .with("failing", failing);
    }
    exchange.respond(200, new ClusterBodies.Health("ready"));
  }
}
