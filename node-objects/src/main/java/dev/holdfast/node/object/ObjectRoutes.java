package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.HttpDate;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.HeaderText;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** {@code /v1/objects}. */
final class ObjectRoutes implements Routes {
  private static final String META = "holdfast-meta-";
  private static final int META_COUNT_MAX = 64;
  private static final int META_BYTES_MAX = 8 << 10;
  private static final int CONTENT_TYPE_MAX = 255;
  private static final int LIST_LIMIT_MAX = 1_000;
  private static final Pattern META_NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-fA-F]{64}");

  private final ObjectService objects;
  private final InstantSource clock;

  /**
   * @param clock no date of an answer is later than now
   */
  ObjectRoutes(ObjectService objects, InstantSource clock) {
    this.objects = objects;
    this.clock = clock;
  }

  @Override
  public void register(Router router) {
    router.add(ObjectOperations.PUT, this::put);
    router.add(ObjectOperations.GET, this::get);
    router.add(ObjectOperations.HEAD, this::head);
    router.add(ObjectOperations.DELETE, this::delete);
    router.add(ObjectOperations.LIST, this::list);
  }

  private void put(Exchange exchange) {
    WriteRequest request = request(exchange, false);
    Optional<String> sha256 =
        exchange.header(ObjectBodies.SHA256_HEADER).map(ObjectRoutes::checksum);
    written(
        exchange,
        objects.put(
            request,
            new ObjectService.Upbound(
                exchange.body(objects::othersWait), exchange.contentLength(), sha256)));
  }

  private void delete(Exchange exchange) {
    written(exchange, objects.delete(request(exchange, true)));
  }

  private WriteRequest request(Exchange exchange, boolean deleted) {
    ObjectKey key = key(exchange);
    Optional<WriteId> id = writeId(exchange);
    RequestConditions conditions = conditions(exchange);
    if (id.isPresent() && conditions.unmodifiedSince().isPresent()) {
      // The first try itself made the object newer.
      throw ObjectProblems.badHeader(
          "If-Unmodified-Since cannot stand beside " + WireHeaders.REQUEST + ": use If-Match.");
    }
    return new WriteRequest(
        key,
        deleted ? "" : contentType(exchange),
        deleted ? new TreeMap<>() : metadata(exchange),
        deleted,
        conditions.ofWrite(() -> objects.seek(key)),
        exchange.header(ObjectBodies.FENCE_HEADER),
        exchange.remoteAddress(),
        id);
  }

  private static Optional<WriteId> writeId(Exchange exchange) {
    String seen = exchange.header(WireHeaders.SEEN).orElse("0");
    if (!seen.matches("[0-9]{1,18}")) {
      throw ObjectProblems.badHeader(
          WireHeaders.SEEN + " is '" + seen + "': it takes a revision that a node has answered.");
    }
    return exchange
        .header(WireHeaders.REQUEST)
        .map(id -> {
          if (!WireHeaders.isRequestId(id)) {
            throw ObjectProblems.badHeader(
                WireHeaders.REQUEST + " takes 1 to 64 of A-Z a-z 0-9 _ -, not '" + id + "'.");
          }
          return new WriteId(id, Long.parseLong(seen));
        });
  }

  private static void written(Exchange exchange, ObjectWriter.Outcome outcome) {
    VersionRecord version = outcome.version();
    exchange.responseHeader("ETag", '"' + outcome.id().value() + '"');
    exchange.responseHeader(WireHeaders.REVISION, Long.toString(outcome.revision()));
    exchange.respond(
        outcome.created() ? 201 : 200,
        new ObjectBodies.Put(
            version.key().value(),
            outcome.id().value(),
            version.parents().stream().map(Object::toString).toList(),
            version.state().label(),
            version.sizeBytes(),
            version.contentSha256().toHex(),
            version.deleted(),
            new ObjectBodies.Copies(outcome.wanted(), outcome.written())));
  }

  private void get(Exchange exchange) throws IOException {
    if (exchange.query("versions").isPresent()) {
      versions(exchange);
      return;
    }
    ObjectService.Found found = objects.find(key(exchange));
    if (isNotModified(exchange, found)) {
      return;
    }
    long sizeBytes = found.version().sizeBytes();
    switch (range(exchange, found)) {
      case ByteRange.Asked.Everything _ -> send(exchange, found, 200, new ByteRange(0, sizeBytes));
      case ByteRange.Asked.Part part -> {
        exchange.responseHeader("Content-Range", part.range().contentRange(sizeBytes));
        send(exchange, found, 206, part.range());
      }
      case ByteRange.Asked.Unsatisfiable _ -> {
        exchange.responseHeader("Content-Range", "bytes */" + sizeBytes);
        throw new ProblemException(
            416,
            "RANGE_NOT_SATISFIABLE",
            "The object has " + sizeBytes + " bytes; the range begins behind them.",
            "Ask for a range within the object, or for all of it.");
      }
    }
  }

  private static ByteRange.Asked range(Exchange exchange, ObjectService.Found found) {
    return ByteRange.parse(RequestConditions.range(exchange, found), found.version().sizeBytes());
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

  private void head(Exchange exchange) throws IOException {
    ObjectService.Found found = objects.find(key(exchange));
    if (!isNotModified(exchange, found)) {
      describe(exchange, found);
      exchange.respondStream(200, found.version().sizeBytes()).close();
    }
  }

  private boolean isNotModified(Exchange exchange, ObjectService.Found found) {
    if (!conditions(exchange).isNotModified(found)) {
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

  private void versions(Exchange exchange) {
    ObjectKey key = key(exchange);
    ObjectService.History history = objects.versions(key);
    exchange.respond(
        200,
        new ObjectBodies.Versions(
            key.value(),
            history.replicas(),
            history.versions().stream()
                .map(version ->
                    new ObjectBodies.Version(
                        version.version(),
                        version.parents(),
                        version.state(),
                        version.deleted(),
                        version.size(),
                        version.sha256(),
                        version.author(),
                        time(version.writtenAtMillis())))
                .toList(),
            history.unreachable().isEmpty(),
            history.unreachable()));
  }

  private void list(Exchange exchange) {
    ObjectLister.Page page =
        objects.list(
            new ObjectLister.Query(
                exchange.query("prefix").orElse(""),
                exchange.query("delimiter").orElse(""),
                exchange.query("after").orElse(""),
                limit(exchange)));
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
                        ContentCoding.without(row.metadata())))
                .toList(),
            page.prefixes(),
            page.next().orElse(null),
            page.isComplete(),
            page.unreachable()));
  }

  private static int limit(Exchange exchange) {
    String text = exchange.query("limit").orElse(Integer.toString(LIST_LIMIT_MAX));
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > LIST_LIMIT_MAX) {
      throw ObjectProblems.badQuery(
          "limit is '" + text + "': it takes 1 to " + LIST_LIMIT_MAX + ".");
    }
    return Integer.parseInt(text);
  }

  private static ObjectKey key(Exchange exchange) {
    try {
      return new ObjectKey(exchange.path("key"));
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badKey(String.valueOf(e.getMessage()));
    }
  }

  private RequestConditions conditions(Exchange exchange) {
    return RequestConditions.of(exchange, clock.instant());
  }

  private static String checksum(String text) {
    if (!SHA_256.matcher(text).matches()) {
      throw ObjectProblems.badHeader("Holdfast-Sha256 takes 64 hex digits, not '" + text + "'.");
    }
    return text.toLowerCase(Locale.ROOT);
  }

  private static String contentType(Exchange exchange) {
    String type = exchange.header("Content-Type").orElse("");
    if (type.length() > CONTENT_TYPE_MAX || hasControls(type) || !isAscii(type)) {
      throw ObjectProblems.badHeader(
          "Content-Type has at most " + CONTENT_TYPE_MAX + " characters, all of ASCII.");
    }
    return type;
  }

  private static SortedMap<String, String> metadata(Exchange exchange) {
    SortedMap<String, String> metadata = new TreeMap<>();
    int sizeBytes = 0;
    for (String header : exchange.headerNames()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (!lower.startsWith(META)) {
        continue;
      }
      String name = lower.substring(META.length());
      String value = text(name, exchange.header(header).orElse(""));
      if (!META_NAME.matcher(name).matches() || hasControls(value)) {
        throw ObjectProblems.badHeader(
            "Metadata '" + name + "': a name has 1 to 64 of a-z 0-9 . _ -, a value no controls.");
      }
      metadata.put(name, value);
      sizeBytes += name.length() + value.getBytes(StandardCharsets.UTF_8).length;
    }
    if (metadata.size() > META_COUNT_MAX || sizeBytes > META_BYTES_MAX) {
      throw ObjectProblems.badHeader(
          "An object has at most %d metadata headers of %d bytes together."
              .formatted(META_COUNT_MAX, META_BYTES_MAX));
    }
    ContentCoding.add(metadata, ContentCoding.parse(exchange.listHeader("Content-Encoding")));
    return metadata;
  }

  private static String text(String name, String header) {
    try {
      return HeaderText.decode(header);
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badHeader(
          "Metadata '" + name + "': a value is UTF-8, as it is or as RFC 8187 has it.");
    }
  }

  private static boolean hasControls(String text) {
    return text.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
