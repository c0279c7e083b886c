// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.UpkeepBodies;

/** {@code /v1/cluster/audit}: how copies stand, and their repair. */
public final class RepairRoutes implements Routes {
  private static final String PATH = "/v1/cluster/audit";
  private static final Operation STATE =
      Operation.external(
              "auditState",
              "GET",
              PATH,
              Operation.Scope.METADATA,
              "How copies stand, by the audit of each node that is under way or was the last.")
          .answers(200, UpkeepBodies.Audit.class);
  private static final Operation BEGIN =
      Operation.external(
              "beginAudit",
              "POST",
              PATH,
              Operation.Scope.ADMIN,
              "Begins an audit at each node that is up, and repairs what it finds.")
          .query("look", "Repairs nothing.")
          .answers(202, UpkeepBodies.Audit.class);
  private static final Operation CANCEL =
      Operation.external(
              "cancelAudit",
              "DELETE",
              PATH,
              Operation.Scope.ADMIN,
              "Ends the audits under way; what they have repaired stays.")
          .answers(200, UpkeepBodies.Audit.class);

  private final ClusterAudit audits;

  public RepairRoutes(ClusterAudit audits) {
    this.audits = audits;
  }

  @Override
  public void register(Router router) {
    router.add(STATE, exchange -> exchange.respond(200, audits.tell("ask")));
    router.add(BEGIN, this::begin);
    router.add(CANCEL, exchange -> exchange.respond(200, audits.tell("cancel")));
  }

  private void begin(Exchange exchange) {
    exchange.respond(202, audits.tell(exchange.query("look").isPresent() ? "audit" : "repair"));
  }
}
