// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.UploadBodies;
import dev.holdfast.spi.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v1/uploads} and {@code /v1/chunks}, and the commit of an upload. */
public final class UploadRoutes implements Routes {
  private static final int LIST_LIMIT_MAX = 100;

  private final ObjectService objects;
  private final UploadService uploads;
  private final InstantSource clock;

  /**
   * @param clock for the age of uploads
   */
  UploadRoutes(ObjectService objects, UploadService uploads, InstantSource clock) {
    this.objects = objects;
    this.uploads = uploads;
    this.clock = clock;
  }

  @Override
  public void register(Router external) {
    Router router = ObjectProblems.over(external);
    router.add(UploadOperations.CREATE, this::create);
    router.add(UploadOperations.LIST, this::list);
    router.add(UploadOperations.INFO, this::info);
    router.add(UploadOperations.APPEND, this::append);
    router.add(UploadOperations.ABORT, this::abort);
    router.add(UploadOperations.MISSING, this::missing);
    router.add(UploadOperations.STORE, this::store);
  }

  private void create(Exchange exchange) {
    UploadInput.New asked = UploadInput.create(exchange);
    exchange.respond(
        201,
        info(uploads.create(exchange.principal(), asked.key(), asked.sizeBytes(), asked.sha256())));
  }

  private void list(Exchange exchange) {
    int limit = ObjectInput.limit(exchange, LIST_LIMIT_MAX);
    List<UploadBodies.Info> page =
        uploads
            .list(
                exchange.principal(),
                exchange.query("key").map(ObjectInput::key),
                UploadInput.after(exchange),
                limit)
            .stream()
            .map(this::info)
            .toList();
    @Nullable String next = page.size() < limit ? null : page.getLast().id();
    exchange.respond(200, new UploadBodies.Page(page, next));
  }

  private void info(Exchange exchange) {
    exchange.respond(200, info(uploads.find(exchange.principal(), exchange.path("id"))));
  }

  private void append(Exchange exchange) {
    ObjectService.Upbound piece =
        new ObjectService.Upbound(
            exchange.body(objects::othersWait), exchange.contentLength(), Optional.empty());
    exchange.respond(
        200,
        info(
            uploads.append(
                exchange.principal(), exchange.path("id"), UploadInput.offset(exchange), piece)));
  }

  private void abort(Exchange exchange) {
    uploads.abort(exchange.principal(), exchange.path("id"));
    exchange.respond(204);
  }

  private void missing(Exchange exchange) {
    UploadBodies.Ask ask = exchange.json(UploadBodies.Ask.class);
    List<ChunkRef> missing =
        uploads.missing(exchange.principal(), ask.upload(), UploadInput.claims(ask));
    exchange.respond(
        200, new UploadBodies.Missing(missing.stream().map(ref -> ref.hash().toHex()).toList()));
  }

  private void store(Exchange exchange) {
    UploadService.Piece piece =
        new UploadService.Piece(
            exchange.body(objects::othersWait),
            exchange.contentLength(),
            UploadInput.hash("The path", exchange.path("sha256")));
    UploadService.Stored stored =
        uploads.store(exchange.principal(), UploadInput.upload(exchange), piece);
    exchange.respond(
        200,
        new UploadBodies.Stored(
            stored.ref().hash().toHex(),
            stored.ref().length(),
            new ObjectBodies.Copies(stored.wanted(), stored.written())));
  }

  /** A PUT whose body names the chunks, or has nothing for what was appended. */
  WriteOutcome commit(Exchange exchange, WriteRequest request) {
    String id = UploadInput.upload(exchange);
    ObjectWriter.BodySource body =
        uploads.body(
            exchange.principal(),
            id,
            request.key(),
            uploads.manifest(exchange.body(objects::othersWait)),
            ObjectInput.sha256(exchange));
    WriteOutcome outcome = objects.put(request, body);
    if (!(outcome instanceof WriteOutcome.Refused)) {
      uploads.committed(exchange.principal(), id);
    }
    return outcome;
  }

  private UploadBodies.Info info(UploadService.Progress progress) {
    UploadLease lease = progress.upload().lease();
    long age = Math.max(0, clock.millis() - lease.createdMillis());
    return new UploadBodies.Info(
        progress.upload().id().text(),
        lease.key().value(),
        lease.sizeBytes().isPresent() ? lease.sizeBytes().getAsLong() : null,
        lease.sha256().map(Bytes::toHex).orElse(null),
        Content.FIXED_CHUNK_BYTES,
        lease.salt().toHex(),
        Instant.ofEpochMilli(lease.createdMillis()).toString(),
        Instant.ofEpochMilli(lease.expiresMillis()).toString(),
        Duration.ofMillis(age).toSeconds(),
        progress.receivedBytes(),
        lease.appendedBytes(),
        lease.nodes());
  }
}
