// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.HttpDate;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.HeaderText;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** {@code /v1/objects}. */
public final class ObjectRoutes implements Routes {
  private final ObjectService objects;
  private final UploadRoutes uploads;
  private final InstantSource clock;

  /**
   * @param clock no date of an answer is later than now
   */
  ObjectRoutes(ObjectService objects, UploadRoutes uploads, InstantSource clock) {
    this.objects = objects;
    this.uploads = uploads;
    this.clock = clock;
  }

  @Override
  public void register(Router external) {
    Router router = ObjectProblems.over(external);
    router.add(ObjectOperations.PUT, this::put);
    router.add(ObjectOperations.GET, this::get);
    router.add(ObjectOperations.HEAD, this::head);
    router.add(ObjectOperations.DELETE, this::delete);
    router.add(ObjectOperations.LIST, this::list);
  }

  private void put(Exchange exchange) {
    VersionRoutes.answer(
        exchange,
        exchange.query("upload").isPresent()
            ? uploads.commit(exchange, request(exchange, false))
            : objects.put(request(exchange, false), upbound(exchange)));
  }

  ObjectService.Upbound upbound(Exchange exchange) {
    return new ObjectService.Upbound(
        exchange.body(objects::othersWait), exchange.contentLength(), ObjectInput.sha256(exchange));
  }

  private void delete(Exchange exchange) {
    VersionRoutes.answer(exchange, objects.delete(request(exchange, true)));
  }

  WriteRequest request(Exchange exchange, boolean deleted) {
    ObjectKey key = ObjectInput.key(exchange);
    Optional<WriteId> id = ObjectInput.writeId(exchange);
    RequestConditions conditions = conditions(exchange);
    if (id.isPresent() && conditions.unmodifiedSince().isPresent()) {
      // The first try itself made the object newer.
      throw ObjectProblems.badHeader(
          "If-Unmodified-Since cannot stand beside " + WireHeaders.REQUEST + ": use If-Match.");
    }
    return new WriteRequest(
        key,
        deleted ? "" : ObjectInput.contentType(exchange),
        deleted ? new TreeMap<>() : ObjectInput.metadata(exchange),
        deleted,
        preconditions(key, conditions),
        exchange.header(ObjectBodies.FENCE_HEADER),
        exchange.remoteAddress(),
        id,
        ObjectInput.terms(exchange));
  }

  /** Reads the object only where a date is given: tags are compared at the commit. */
  private Preconditions preconditions(ObjectKey key, RequestConditions conditions) {
    Optional<ObjectService.Found> now =
        conditions.unmodifiedSince().flatMap(_ -> objects.find(key));
    now.flatMap(conditions::violationOfDate).ifPresent(ObjectRoutes::refuse);
    return conditions.ofWrite(now);
  }

  private static void refuse(Preconditions.Violation violation) {
    throw ObjectProblems.preconditionFailed(violation);
  }

  private void get(Exchange exchange) throws IOException {
    if (exchange.query("versions").isPresent()) {
      versions(exchange);
      return;
    }
    ObjectService.Found found = found(exchange);
    if (isNotModified(exchange, found)) {
      return;
    }
    long sizeBytes = found.version().sizeBytes();
    switch (ObjectInput.range(exchange, found)) {
      case ByteRange.Asked.Everything _ -> send(exchange, found, 200, new ByteRange(0, sizeBytes));
      case ByteRange.Asked.Part part -> {
        exchange.responseHeader("Content-Range", part.range().contentRange(sizeBytes));
        send(exchange, found, 206, part.range());
      }
      case ByteRange.Asked.Unsatisfiable _ -> {
        exchange.responseHeader("Content-Range", "bytes */" + sizeBytes);
        throw ObjectProblems.rangeNotSatisfiable(sizeBytes);
      }
    }
  }

  private void send(Exchange exchange, ObjectService.Found found, int status, ByteRange range)
      throws IOException {
    try (ObjectService.Opened opened = objects.open(found, range)) {
      describe(exchange, found);
      try (OutputStream out = exchange.respondStream(status, range.length(), objects::othersWait)) {
        opened.download().writeTo(out);
      }
    }
  }

  private ObjectService.Found found(Exchange exchange) {
    ObjectKey key = ObjectInput.key(exchange);
    Optional<VersionId> id =
        exchange.query("version").map(text -> ObjectInput.versionId("version", text));
    ReadMode mode = ObjectInput.readMode(exchange);
    return id.map(version ->
            objects
                .find(key, version)
                .orElseThrow(() -> ObjectProblems.versionUnknown(key, version)))
        .or(() -> objects.find(key, mode))
        .orElseThrow(() -> ObjectProblems.notFound(key));
  }

  private void head(Exchange exchange) throws IOException {
    ObjectService.Found found = found(exchange);
    if (!isNotModified(exchange, found)) {
      describe(exchange, found);
      exchange.respondStream(200, found.version().sizeBytes()).close();
    }
  }

  private boolean isNotModified(Exchange exchange, ObjectService.Found found) {
    RequestConditions conditions = conditions(exchange);
    conditions.violation(found).ifPresent(ObjectRoutes::refuse);
    if (!conditions.isNotModified(found)) {
      return false;
    }
    validate(exchange, found);
    exchange.respond(304);
    return true;
  }

  /** What a cache needs, also with 304 (RFC 9110 §15.4.5): it may keep it, and must ask. */
  private static void validate(Exchange exchange, ObjectService.Found found) {
    exchange.responseHeader("ETag", '"' + found.id().value() + '"');
    exchange.responseHeader("Cache-Control", "no-cache");
    exchange.responseHeader(ObjectBodies.STATE_HEADER, found.version().state().label());
    exchange.responseHeader(
        ObjectBodies.CONSISTENCY_HEADER, found.certainty().name().toLowerCase(Locale.ROOT));
  }

  private void describe(Exchange exchange, ObjectService.Found found) {
    VersionRecord version = found.version();
    validate(exchange, found);
    Instant written = Instant.ofEpochMilli(version.writtenAtMillis());
    Instant now = clock.instant();
    exchange.responseHeader("Last-Modified", HttpDate.format(written.isAfter(now) ? now : written));
    exchange.responseHeader("Accept-Ranges", "bytes");
    exchange.responseHeader(ObjectBodies.SHA256_HEADER, version.contentSha256().toHex());
    exchange.responseHeader("Holdfast-Modified", time(version.writtenAtMillis()));
    exchange.responseHeader(
        "Content-Type",
        version.contentType().isEmpty() ? "application/octet-stream" : version.contentType());
    // A stored page is nobody's: it runs no script, and in no origin of this node.
    exchange.responseHeader("Content-Security-Policy", "default-src 'none'; sandbox");
    ContentCoding.of(version.metadata())
        .ifPresent(coding -> exchange.responseHeader("Content-Encoding", coding));
    ContentCoding.without(version.metadata())
        .forEach((name, value) ->
            exchange.responseHeader(
                ObjectBodies.META_HEADER_PREFIX + name, HeaderText.encode(value)));
  }

  private void versions(Exchange exchange) throws IOException {
    ObjectKey key = ObjectInput.key(exchange);
    Histories.History history =
        objects.versions(key).orElseThrow(() -> ObjectProblems.notFound(key));
    if (ObjectInput.isMermaid(exchange)) {
      VersionRoutes.mermaid(exchange, history);
    } else {
      exchange.respond(200, VersionRoutes.json(key.value(), history));
    }
  }

  private void list(Exchange exchange) {
    ObjectLister.Page page =
        objects.list(ObjectInput.query(exchange)).orElseThrow(ObjectProblems::clusterUnknown);
    exchange.respond(
        200,
        new ObjectBodies.Page(
            page.objects().stream()
                .map(row ->
                    new ObjectBodies.Info(
                        row.key().value(),
                        row.version().value(),
                        row.sizeBytes(),
                        row.contentSha256().toHex(),
                        row.contentType(),
                        time(row.writtenAtMillis()),
                        ContentCoding.without(row.metadata()),
                        row.isConfirmed() ? null : VersionState.PROVISIONAL.label()))
                .toList(),
            page.prefixes(),
            page.next().orElse(null),
            page.isComplete(),
            page.unreachable()));
  }

  private RequestConditions conditions(Exchange exchange) {
    return ObjectInput.conditions(exchange, clock.instant());
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
