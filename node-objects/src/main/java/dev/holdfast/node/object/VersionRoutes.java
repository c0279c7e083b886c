// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ObjectBodies;
import java.util.Optional;

/** What is done with versions: {@code POST /v1/objects/{key}} and {@code /v1/conflicts}. */
final class VersionRoutes implements Routes {
  private static final int CONFLICTS_MAX = 100;

  private final ObjectService objects;
  private final ObjectRoutes writes;

  /**
   * @param writes reads what a write says
   */
  VersionRoutes(ObjectService objects, ObjectRoutes writes) {
    this.objects = objects;
    this.writes = writes;
  }

  @Override
  public void register(Router external) {
    Router router = ObjectProblems.over(external);
    router.add(ObjectOperations.CHANGE, this::change);
    router.add(ObjectOperations.CONFLICTS, this::conflicts);
  }

  private void change(Exchange exchange) {
    boolean isMerge = exchange.query("merge").isPresent();
    boolean isConfirm = exchange.query("confirm").isPresent();
    if (isMerge == isConfirm) {
      throw ObjectProblems.badQuery("POST takes either ?merge or ?confirm=VERSION.");
    }
    if (isConfirm) {
      VersionId id = ObjectInput.versionId("confirm", exchange.query("confirm").orElse(""));
      VersionAnswers.answer(exchange, objects.confirm(ObjectInput.key(exchange), id));
      return;
    }
    WriteRequest request = writes.request(exchange, false);
    if (request.terms().parents().isEmpty()) {
      throw ObjectProblems.badHeader(
          "A merge names the versions that it ends in " + ObjectBodies.PARENTS_HEADER + ".");
    }
    Optional<String> taken = exchange.query("take");
    VersionAnswers.answer(
        exchange,
        taken.isPresent()
            ? objects.merge(request, ObjectInput.versionId("take", taken.get()))
            : objects.put(request, writes.upbound(exchange)));
  }

  private void conflicts(Exchange exchange) {
    Optional<ObjectKey> after =
        exchange.query("after").filter(key -> !key.isEmpty()).map(ObjectInput::key);
    ConflictLister.Page page =
        objects.conflicts(
            new ConflictLister.Query(
                exchange.query("prefix").orElse(""),
                after,
                ObjectInput.limit(exchange, CONFLICTS_MAX)));
    exchange.respond(
        200,
        new ObjectBodies.Conflicts(
            page.conflicts().stream()
                .map(conflict ->
                    new ObjectBodies.Conflict(
                        conflict.key().value(),
                        conflict.confirmed().map(VersionId::value).orElse(null),
                        conflict.branches().stream().map(VersionAnswers::body).toList()))
                .toList(),
            page.next().map(ObjectKey::value).orElse(null),
            page.unreachable().isEmpty(),
            page.unreachable()));
  }
}
