// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ObjectBodies;
import java.util.Optional;

/** {@code /v1/quarantine}: versions that nodes brought back and nobody knows. */
public final class QuarantineRoutes implements Routes {
  private static final String PATH = "/v1/quarantine";
  private static final Operation LIST =
      Operation.external(
              "listQuarantine",
              "GET",
              PATH,
              Operation.Scope.OBJECTS_READ,
              "Versions that are set aside: a node brought them back that was away while deletions"
                  + " were forgotten.")
          .query("prefix", "Of the keys.")
          .answers(200, ObjectBodies.Quarantine.class);
  private static final Operation RELEASE =
      Operation.external(
              "releaseVersion",
              "POST",
              PATH,
              Operation.Scope.ADMIN,
              "Makes a version that is set aside an ordinary provisional one. It gets a new id when"
                  + " what it rested on is forgotten.")
          .query("key", "Of the object.")
          .query("version", "Its id.")
          .answers(200, ObjectBodies.Settled.class)
          .refuses(ObjectProblemCodes.BAD_KEY, ObjectProblemCodes.NO_SUCH_VERSION);
  private static final Operation DROP =
      Operation.external(
              "dropVersion",
              "DELETE",
              PATH,
              Operation.Scope.ADMIN,
              "Deletes a version that is set aside, for good.")
          .query("key", "Of the object.")
          .query("version", "Its id.")
          .answers(200, ObjectBodies.Settled.class)
          .refuses(ObjectProblemCodes.BAD_KEY, ObjectProblemCodes.NO_SUCH_VERSION);

  private final Quarantine quarantine;

  QuarantineRoutes(Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  @Override
  public void register(Router external) {
    Router router = ObjectProblems.over(external);
    router.add(LIST, this::list);
    router.add(RELEASE, exchange -> settle(exchange, Quarantine.Verdict.RELEASE));
    router.add(DROP, exchange -> settle(exchange, Quarantine.Verdict.DROP));
  }

  private void list(Exchange exchange) {
    Quarantine.Listing found = quarantine.list(exchange.query("prefix").orElse(""));
    exchange.respond(
        200,
        new ObjectBodies.Quarantine(
            found.versions().stream()
                .map(one ->
                    new ObjectBodies.SetAside(
                        one.node(), one.key().value(), VersionRoutes.body(one.version())))
                .toList(),
            found.unreachable().isEmpty(),
            found.unreachable()));
  }

  private void settle(Exchange exchange, Quarantine.Verdict verdict) {
    ObjectKey key = ObjectInput.key(exchange.query("key").orElse(""));
    VersionId id = ObjectInput.versionId("version", exchange.query("version").orElse(""));
    Optional<VersionId> settled = quarantine.settle(key, id, verdict);
    if (settled.isEmpty()) {
      throw ObjectProblems.of(new WriteOutcome.VersionUnknown(key, id));
    }
    exchange.respond(200, new ObjectBodies.Settled(key.value(), settled.get().value()));
  }
}
