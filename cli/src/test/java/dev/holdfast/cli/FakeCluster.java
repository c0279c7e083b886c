// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** As much of the REST interface as the commands use, in memory; hostile keys are welcome. */
public final class FakeCluster implements AutoCloseable {
  private static final int KEY_BYTES_MAX = 1_024;

  private final HttpServer server;
  private final AtomicLong writes = new AtomicLong();
  private final Map<String, Stored> objects = new ConcurrentHashMap<>();
  private final Map<String, String> problems = new ConcurrentHashMap<>();
  private final List<String> requests = new ArrayList<>();
  private volatile boolean sessionLives = true;
  private volatile boolean complete = true;
  private volatile List<Map<String, String>> nodes = List.of();
  private volatile List<Map<String, String>> servers = List.of();
  private volatile String backend = "raft";
  private volatile boolean quorum = true;
  private volatile String state = "confirmed";

  /**
   * @param latin1 one character for each byte
   * @param modified of a clock that goes on by a second with each write
   */
  private record Stored(String latin1, Map<String, String> metadata, Instant modified) {

    byte[] bytes() {
      return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  public FakeCluster() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Those of a coordinator that has servers outside the nodes. */
  public void servers(Map<String, String> stateByAddress) {
    servers =
        stateByAddress.entrySet().stream()
            .map(server -> Map.of("address", server.getKey(), "state", server.getValue()))
            .toList();
  }

  /** Stores a key as a hostile client could, whatever a node would say to it. */
  public void plant(String key, String content, Map<String, String> metadata) {
    objects.put(key, stored(content.getBytes(StandardCharsets.UTF_8), metadata));
  }

  private Stored stored(byte[] bytes, Map<String, String> metadata) {
    return new Stored(
        new String(bytes, StandardCharsets.ISO_8859_1),
        metadata,
        Instant.ofEpochSecond(writes.incrementAndGet()));
  }

  /** What the object holds, one character for each byte. */
  public String content(String key) {
    Stored stored = objects.get(key);
    return stored == null ? "there is no " + key : stored.latin1();
  }

  public Map<String, String> metadata(String key) {
    Stored stored = objects.get(key);
    return stored == null ? Map.of() : stored.metadata();
  }

  /** From now on, requests to this path get this status and code. */
  public void fail(String path, int status, String code) {
    problems.put(path, status + " " + code);
  }

  /** From now on, this many nodes of the cluster do not answer, and lists are not complete. */
  public void loseNodes(int count) {
    complete = false;
    nodes =
        java.util.stream.IntStream.rangeClosed(1, count)
            .mapToObj(i -> Map.of("id", "n" + i, "api", "127.0.0.1:" + i))
            .toList();
  }

  /** From now on, the cluster says that it agrees so, with one node of this role. */
  public void coordinator(String backend, boolean quorum, String role) {
    this.backend = backend;
    this.quorum = quorum;
    nodes = List.of(Map.of("id", "n1", "role", role));
  }

  /** From now on, the node that answers is cut off, and what it has is provisional. */
  public void cutOff() {
    state = "provisional";
  }

  public void endSession() {
    sessionLives = false;
  }

  public List<String> keys() {
    return List.copyOf(new TreeMap<>(objects).keySet());
  }

  public synchronized long count(String requestPrefix) {
    return requests.stream().filter(r -> r.startsWith(requestPrefix)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    synchronized (this) {
      requests.add(exchange.getRequestMethod() + " " + path);
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    String problem = problems.get(path);
    if (problem != null) {
      String[] parts = problem.split(" ");
      problem(exchange, Integer.parseInt(parts[0]), parts[1]);
    } else if (path.equals("/v1/objects")) {
      list(exchange);
    } else if (path.startsWith("/v1/objects/")) {
      object(exchange, path.substring("/v1/objects/".length()), body);
    } else if (path.equals("/v1/sessions")) {
      answer(exchange, 200, Map.of("session", "s1", "ttl", "1s", "revision", 4));
    } else if (path.endsWith("/keepalive")) {
      if (sessionLives) {
        answer(exchange, 200, Map.of("session", "s1", "revision", 5));
      } else {
        problem(exchange, 404, "SESSION_GONE");
      }
    } else if (path.startsWith("/v1/locks/")) {
      answer(exchange, 200, grant(path.substring("/v1/locks/".length())));
    } else if (path.equals("/v1/cluster")) {
      answer(
          exchange,
          200,
          Map.of("backend", backend, "quorum", quorum, "leader", "n1", "epoch", 3, "nodes", nodes));
    } else if (path.equals("/v1/cluster/servers")) {
      answer(exchange, 200, Map.of("servers", servers));
    } else {
      answer(exchange, 200, Map.of());
    }
  }

  private static Map<String, Object> grant(String lock) {
    return Map.of(
        "lock",
        lock,
        "session",
        "s1",
        "holder",
        "cli",
        "mode",
        "exclusive",
        "token",
        17,
        "revision",
        5,
        "home",
        "n1",
        "api",
        "");
  }

  private void object(HttpExchange exchange, String key, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      Map<String, String> metadata = new LinkedHashMap<>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("holdfast-meta-")) {
              metadata.put(lower.substring("holdfast-meta-".length()), values.get(0));
            }
          });
      if (key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX) {
        problem(exchange, 400, "BAD_KEY");
        return;
      }
      Stored stored = stored(body, metadata);
      objects.put(key, stored);
      written(exchange, key, stored, false);
      return;
    }
    Stored stored = objects.get(key);
    if (stored == null) {
      problem(exchange, 404, "OBJECT_NOT_FOUND");
      return;
    }
    if (exchange.getRequestMethod().equals("DELETE")) {
      objects.remove(key);
      written(exchange, key, stored, true);
      return;
    }
    exchange.getResponseHeaders().set("Holdfast-State", state);
    stored
        .metadata()
        .forEach(
            (name, value) -> exchange.getResponseHeaders().set("Holdfast-Meta-" + name, value));
    exchange.getResponseHeaders().set("Holdfast-Sha256", sha256(stored.bytes()));
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(
        200, head || stored.bytes().length == 0 ? -1 : stored.bytes().length);
    if (!head) {
      exchange.getResponseBody().write(stored.bytes());
    }
    exchange.close();
  }

  private void written(HttpExchange exchange, String key, Stored stored, boolean deleted)
      throws IOException {
    Map<String, Object> put = info(key, stored);
    boolean confirmed = state.equals("confirmed");
    put.put("parents", List.of());
    put.put("state", state);
    put.put("deleted", deleted);
    put.put("copies", Map.of("wanted", 3, "written", confirmed ? 2 : 1));
    put.put("durability", confirmed ? "majority" : "local");
    put.put("conflict", false);
    answer(exchange, confirmed ? 200 : 202, put);
  }

  private void list(HttpExchange exchange) throws IOException {
    String prefix = query(exchange, "prefix");
    String delimiter = query(exchange, "delimiter");
    List<Map<String, Object>> found = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    new TreeMap<>(objects)
        .forEach((key, stored) -> {
          int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
          if (key.startsWith(prefix) && cut >= 0) {
            String folded = key.substring(0, cut + 1);
            if (!prefixes.contains(folded)) {
              prefixes.add(folded);
            }
          } else if (key.startsWith(prefix)) {
            found.add(info(key, stored));
          }
        });
    answer(exchange, 200, Map.of("objects", found, "prefixes", prefixes, "complete", complete));
  }

  private Map<String, Object> info(String key, Stored stored) {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("key", key);
    info.put("version", "v" + sha256(stored.bytes()).substring(0, 20));
    info.put("size", stored.bytes().length);
    info.put("sha256", sha256(stored.bytes()));
    info.put("modified", stored.modified().toString());
    info.put("metadata", stored.metadata());
    if (!state.equals("confirmed")) {
      info.put("state", state);
    }
    return info;
  }

  private static String query(HttpExchange exchange, String name) {
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : (raw == null ? "" : raw).split("&")) {
      if (pair.startsWith(name + "=")) {
        return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void problem(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
    answer(
        exchange,
        status,
        Map.of("status", status, "code", code, "detail", "it is so", "next", "do this"));
  }

  private static void answer(HttpExchange exchange, int status, Object document)
      throws IOException {
    byte[] bytes = Terminal.JSON.writeValueAsBytes(document);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
    if (!head) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
