// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Names;
import dev.holdfast.core.map.Expiry;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapValue;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.core.session.SessionAlias;
import dev.holdfast.node.fence.FenceProblemCodes;
import dev.holdfast.node.fence.FenceProblems;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.EntityTags;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.RequestProblemCodes;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.session.SessionProblemCodes;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.MapBodies;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code /v1/map}: for shells. Programs use the WebSocket, whose writes have their effect once.
 * {@code /v1/map/KEY} is a key of the map {@code default}, {@code /v1/map/MAP/KEY} of another; a
 * slash within either is {@code %2F}.
 */
public final class MapRoutes implements Routes {
  private static final Operation LIST =
      Operation.external(
              "listMap", "GET", "/v1/map", Operation.Scope.METADATA, "Entries of a map, by key.")
          .query("map", "Its name; 'default' when it is left out.")
          .query("prefix", "Of the keys.")
          .query("after", "What the page before named as next.")
          .query("limit", "1 to 1000 entries.")
          .query("values", "Whether the values come along, in Base64.")
          .answers(200, MapBodies.Page.class)
          .refuses(SessionProblemCodes.BAD_NAME);
  private static final Operation STATS =
      Operation.external(
              "mapStats", "GET", "/v1/maps/{map}", Operation.Scope.METADATA, "The size of a map.")
          .answers(200, MapBodies.Stats.class)
          .refuses(SessionProblemCodes.BAD_NAME);

  public static final String DEFAULT_MAP = "default";

  private static final int LIST_LIMIT_MAX = 1_000;
  private static final int LIST_BYTES_MAX = 1 << 20;

  private final MapService maps;
  private final Fences fences;

  public MapRoutes(MapService maps, Fences fences) {
    this.maps = maps;
    this.fences = fences;
  }

  @Override
  public void register(Router router) {
    for (boolean named : new boolean[] {false, true}) {
      router.add(getOperation(named), exchange -> get(exchange, key(exchange, named)));
      router.add(putOperation(named), exchange -> put(exchange, key(exchange, named)));
      router.add(deleteOperation(named), exchange -> delete(exchange, key(exchange, named)));
    }
    router.add(LIST, this::list);
    router.add(STATS, this::stats);
  }

  private static String path(boolean named) {
    return named ? "/v1/map/{map}/{key}" : "/v1/map/{key}";
  }

  private static String id(String verb, boolean named) {
    return verb + (named ? "MapEntry" : "DefaultMapEntry");
  }

  private static Operation getOperation(boolean named) {
    return Operation.external(
            id("get", named),
            "GET",
            path(named),
            Operation.Scope.METADATA,
            "The value of a key; its version is the ETag.")
        .query("local", "What is applied at this node, without agreement.")
        .header("If-None-Match", "Versions that need not be sent again.")
        .answersBytes(200, "application/octet-stream")
        .answers(304)
        .refuses(SessionProblemCodes.BAD_NAME, RequestProblemCodes.NOT_FOUND);
  }

  private static Operation putOperation(boolean named) {
    return write(
            id("put", named),
            "PUT",
            path(named),
            "Sets the value of a key. The answer's version is the ETag.")
        .header(MapBodies.TTL_HEADER, "How long the key stays, 1s to 8760h; then it is deleted.")
        .header(MapBodies.SESSION_HEADER, "The key stays as long as this session.")
        .takesBytes("any")
        .refuses(MapProblemCodes.STATE_TOO_LARGE, SessionProblemCodes.SESSION_NOT_FOUND);
  }

  private static Operation deleteOperation(boolean named) {
    return write(id("delete", named), "DELETE", path(named), "Removes a key.");
  }

  private static Operation write(String id, String method, String path, String summary) {
    return Operation.external(id, method, path, Operation.Scope.METADATA, summary)
        .header("If-Match", "The version that the key must have.")
        .header("If-None-Match", "* when the key must be absent.")
        .header("Holdfast-Fence", "LOCK;TOKEN: only while that grant holds.")
        .answers(200, MapBodies.Written.class)
        .refuses(SessionProblemCodes.BAD_NAME, MapProblemCodes.VERSION_MISMATCH)
        .refuses(FenceProblemCodes.ALL.toArray(ProblemCode[]::new));
  }

  private static MapAddress key(Exchange exchange, boolean named) {
    MapAddress key =
        new MapAddress(named ? exchange.path("map") : DEFAULT_MAP, exchange.path("key"));
    checkNames(key.map(), key.key());
    return key;
  }

  private static void checkNames(String map, String key) {
    Names.mapProblem(map)
        .or(() -> Names.mapKeyProblem(key))
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name.");
        });
  }

  private void get(Exchange exchange, MapAddress key) throws IOException {
    Observation now;
    if (isLocal(exchange)) {
      var local = maps.readLocal(key.map(), key.key());
      now = local.observation();
      exchange.responseHeader(MapBodies.AGE_HEADER, Long.toString(local.ageMillis()));
    } else {
      now = maps.read(key.map(), key.key());
    }
    exchange.responseHeader(WireHeaders.REVISION, Long.toString(now.revision()));
    Entry entry = now.entry();
    if (entry == null) {
      throw new ProblemException(
          404,
          "NOT_FOUND",
          "There is no key '" + key.key() + "' in the map '" + key.map() + "'",
          "Check the key, or list the map.");
    }
    exchange.responseHeader("ETag", '"' + Long.toString(entry.version()) + '"');
    if (isKnown(exchange, entry.version())) {
      exchange.respond(304);
      return;
    }
    byte[] value = MapValue.decode(entry.value());
    tellExpiry(exchange, MapValue.expiry(entry.value()));
    exchange.responseHeader("Content-Type", "application/octet-stream");
    try (OutputStream out = exchange.respondStream(200, value.length)) {
      out.write(value);
    }
  }

  private static boolean isLocal(Exchange exchange) {
    String local = exchange.query("local").orElse("false");
    if (!local.isEmpty() && !local.equals("true") && !local.equals("false")) {
      throw badQuery("local is '" + local + "': it takes true or false.");
    }
    return !local.equals("false");
  }

  private static boolean isKnown(Exchange exchange, long version) {
    return exchange
        .listHeader("If-None-Match")
        .map(value -> EntityTags.parse("If-None-Match", value))
        .filter(tags -> tags.any() || tags.all().contains(Long.toString(version)))
        .isPresent();
  }

  private void put(Exchange exchange, MapAddress key) throws IOException {
    byte[] value = exchange.body().readNBytes(MapValue.BYTES_MAX + 1);
    if (value.length > MapValue.BYTES_MAX) {
      throw new ProblemException(
              413,
              "LIMIT_EXCEEDED",
              "A value of a map has at most " + MapValue.BYTES_MAX + " bytes",
              "Store larger values as objects.")
          .with("limit", "map.value");
    }
    write(
        exchange,
        key,
        MapChange.put(key.map(), key.key(), value, expected(exchange), expiry(exchange)));
  }

  private void delete(Exchange exchange, MapAddress key) {
    write(exchange, key, MapChange.delete(key.map(), key.key(), expected(exchange)));
  }

  private void write(Exchange exchange, MapAddress key, MapChange change) {
    MapWrite write =
        new MapWrite(
            null,
            List.of(change),
            exchange
                .header(ObjectBodies.FENCE_HEADER)
                .map(fences::judge)
                .map(FenceProblems::require)
                .orElse(null));
    MapOutcome outcome = await(write);
    if (!(outcome.reply() instanceof MapReply.Written)) {
      throw MapProblems.of(write, outcome.reply());
    }
    if (change.value() != null) {
      exchange.responseHeader("ETag", '"' + Long.toString(outcome.revision()) + '"');
    }
    exchange.respond(200, new MapBodies.Written(key.map(), key.key(), outcome.revision()));
  }

  private MapOutcome await(MapWrite write) {
    try {
      return maps.write(write, null).get(2 * MapService.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new OutcomeUnknownException("The write was handed over: no answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException("The write was handed over: interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CoordinatorException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Expiry expiry(Exchange exchange) {
    Optional<String> ttl = exchange.header(MapBodies.TTL_HEADER);
    Optional<String> session = exchange.header(MapBodies.SESSION_HEADER);
    if (ttl.isPresent() && session.isPresent()) {
      throw badHeader("Send either Holdfast-Ttl or Holdfast-Session.");
    }
    try {
      if (ttl.isPresent()) {
        return new Expiry.After(DurationText.parse(ttl.get().strip()).toMillis());
      }
      return session.isPresent() ? new Expiry.WithSession(session.get().strip()) : Expiry.NEVER;
    } catch (IllegalArgumentException e) {
      throw badHeader(String.valueOf(e.getMessage()));
    }
  }

  /** The session's id stays with its owner. */
  private static void tellExpiry(Exchange exchange, Expiry expiry) {
    switch (expiry) {
      case Expiry.Never _ -> {}
      case Expiry.After(long millis) ->
          exchange.responseHeader(
              MapBodies.TTL_HEADER, DurationText.format(Duration.ofMillis(millis)));
      case Expiry.WithSession(String session) ->
          exchange.responseHeader(MapBodies.SESSION_HEADER, SessionAlias.of(session));
    }
  }

  private static long expected(Exchange exchange) {
    Optional<String> ifMatch = exchange.listHeader("If-Match");
    Optional<String> ifNoneMatch = exchange.listHeader("If-None-Match");
    if (ifMatch.isPresent() && ifNoneMatch.isPresent()) {
      throw badHeader("Send either If-Match or If-None-Match.");
    }
    if (ifNoneMatch.isPresent()) {
      if (!ifNoneMatch.get().strip().equals("*")) {
        throw badHeader("If-None-Match of a write takes * alone: the key must be absent.");
      }
      return MapChange.ABSENT;
    }
    return ifMatch.map(MapRoutes::version).orElse(MapChange.ANY);
  }

  private static long version(String tag) {
    String text = tag.strip();
    if (!text.matches("\"[0-9]{1,18}\"") || text.equals("\"0\"")) {
      throw badHeader("If-Match is '" + tag + "': it takes one version in quotes, as in ETag.");
    }
    return Long.parseLong(text.substring(1, text.length() - 1));
  }

  private void list(Exchange exchange) {
    String map = exchange.query("map").orElse(DEFAULT_MAP);
    checkNames(map, exchange.query("after").filter(key -> !key.isEmpty()).orElse("-"));
    boolean values = exchange.query("values").filter(text -> !text.equals("false")).isPresent();
    MapPage page =
        maps.list(
                new MapPage.Query(
                    map,
                    exchange.query("prefix").orElse(""),
                    exchange.query("after").orElse(""),
                    limit(exchange),
                    values,
                    LIST_BYTES_MAX))
            .orElseThrow(MapProblems::tooManyPages);
    List<MapBodies.Entry> entries =
        page.items().stream()
            .map(item ->
                new MapBodies.Entry(
                    item.key(),
                    item.version(),
                    values ? Base64.getEncoder().encodeToString(item.value()) : null))
            .toList();
    String next = page.more() ? entries.getLast().key() : null;
    exchange.respond(200, new MapBodies.Page(map, entries, next, page.revision()));
  }

  private void stats(Exchange exchange) {
    String map = exchange.path("map");
    checkNames(map, "-");
    MapBoard.Totals totals = maps.totals(map);
    exchange.respond(
        200,
        new MapBodies.Stats(
            map,
            totals.entries(),
            totals.bytes(),
            maps.allBytes(),
            maps.maxStateBytes(),
            maps.appliedRevision()));
  }

  private static int limit(Exchange exchange) {
    String text = exchange.query("limit").orElse(Integer.toString(LIST_LIMIT_MAX));
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > LIST_LIMIT_MAX) {
      throw badQuery("limit is '" + text + "': it takes 1 to " + LIST_LIMIT_MAX + ".");
    }
    return Integer.parseInt(text);
  }

  private static ProblemException badHeader(String why) {
    return new ProblemException(400, "BAD_HEADER", why, "Correct the header and send it again.");
  }

  private static ProblemException badQuery(String why) {
    return new ProblemException(400, "BAD_QUERY", why, "Correct the query and send it again.");
  }
}
