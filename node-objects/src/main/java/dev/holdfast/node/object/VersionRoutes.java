// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.WriteTerms.Durability;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** What is done with versions: {@code POST /v1/objects/{key}} and {@code /v1/conflicts}. */
public final class VersionRoutes implements Routes {
  private static final int CONFLICTS_MAX = 100;

  /** Digits of an id that a diagram shows. */
  private static final int SHORT_ID = 8;

  private final ObjectService objects;
  private final ObjectRoutes writes;

  /**
   * @param writes reads what a write says
   */
  public VersionRoutes(ObjectService objects, ObjectRoutes writes) {
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
      answer(exchange, objects.confirm(ObjectInput.key(exchange), id));
      return;
    }
    WriteRequest request = writes.request(exchange, false);
    if (request.terms().parents().isEmpty()) {
      throw ObjectProblems.badHeader(
          "A merge names the versions that it ends in " + ObjectBodies.PARENTS_HEADER + ".");
    }
    Optional<String> taken = exchange.query("take");
    answer(
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
                        conflict.branches().stream().map(VersionRoutes::body).toList()))
                .toList(),
            page.next().map(ObjectKey::value).orElse(null),
            page.unreachable().isEmpty(),
            page.unreachable()));
  }

  /** 202 says that the cluster has not agreed. */
  static void answer(Exchange exchange, WriteOutcome outcome) {
    switch (outcome) {
      case WriteOutcome.Written written -> {
        exchange.responseHeader(WireHeaders.REVISION, Long.toString(written.revision()));
        respond(
            exchange,
            written.created() ? 201 : 200,
            written.version(),
            new ObjectBodies.Copies(written.wanted(), written.written()),
            false);
      }
      case WriteOutcome.Accepted accepted ->
          respond(
              exchange,
              202,
              accepted.version(),
              new ObjectBodies.Copies(accepted.wanted(), accepted.written()),
              accepted.isBranch());
      case WriteOutcome.Refused refused -> throw ObjectProblems.of(refused);
    }
  }

  private static void respond(
      Exchange exchange,
      int status,
      VersionRecord version,
      ObjectBodies.Copies copies,
      boolean isConflict) {
    String id = version.id().value();
    exchange.responseHeader("ETag", '"' + id + '"');
    exchange.responseHeader(ObjectBodies.STATE_HEADER, version.state().label());
    exchange.respond(
        status,
        new ObjectBodies.Put(
            version.key().value(),
            id,
            version.parents().stream().map(VersionId::value).toList(),
            version.state().label(),
            version.sizeBytes(),
            version.contentSha256().toHex(),
            version.deleted(),
            copies,
            Durability.of(copies.written(), copies.wanted()).name().toLowerCase(Locale.ROOT),
            isConflict));
  }

  static ObjectBodies.Versions json(String key, Histories.History history) {
    return new ObjectBodies.Versions(
        key,
        history.confirmed().map(VersionId::value).orElse(null),
        history.heads().stream().map(VersionId::value).toList(),
        history.holders(),
        history.versions().stream().map(VersionRoutes::body).toList(),
        history.unreachable().isEmpty(),
        history.unreachable());
  }

  static ObjectBodies.Version body(VersionSummary version) {
    return new ObjectBodies.Version(
        version.version(),
        version.parents(),
        version.state(),
        version.deleted(),
        version.size(),
        version.sha256(),
        version.author(),
        Instant.ofEpochMilli(version.writtenAtMillis()).toString());
  }

  static ObjectBodies.Version body(VersionRecord version) {
    return body(LocalReplica.summary(version));
  }

  /** The graph, the newest version on top; see mermaid.js.org for the syntax. */
  static void mermaid(Exchange exchange, Histories.History history) throws IOException {
    StringBuilder text = new StringBuilder("flowchart TB\n");
    for (VersionSummary version : history.versions()) {
      boolean isHead =
          history.confirmed().map(VersionId::value).filter(version.version()::equals).isPresent();
      text.append(
          "  %s[\"%s<br/>%s%s<br/>%d bytes\"]\n"
              .formatted(
                  node(version.version()),
                  version.version().substring(0, SHORT_ID),
                  isHead ? "head, " : "",
                  version.deleted() ? "deleted" : version.state(),
                  version.size()));
      if (!version.isAgreed()) {
        text.append("  style %s stroke-dasharray: 4 3\n".formatted(node(version.version())));
      }
    }
    for (VersionSummary version : history.versions()) {
      for (String parent : version.parents()) {
        text.append("  %s --> %s\n".formatted(node(version.version()), node(parent)));
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    exchange.responseHeader("Content-Type", "text/vnd.mermaid; charset=utf-8");
    try (OutputStream out = exchange.respondStream(200, bytes.length)) {
      out.write(bytes);
    }
  }

  private static String node(String version) {
    return "v" + version.substring(0, 2 * SHORT_ID);
  }
}
