// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HttpServerTest {
  private static final HttpLimits LIMITS =
      new HttpLimits(
          16 << 10,
          64,
          Duration.ofMillis(700),
          Duration.ofSeconds(30),
          Duration.ofMillis(900),
          64 << 10,
          1L << 40,
          8,
          1_000,
          1_000,
          Set.of());

  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch gone = new CountDownLatch(1);
  private final CountDownLatch waiting = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger heldRequests = new AtomicInteger();
  private final AtomicInteger bodyFailures = new AtomicInteger();
  private HttpServer server = newServer(LIMITS, HostNames.ANY);
  private int port;

  record Greeting(String name, int times, Mode mode, List<Integer> numbers) {}

  enum Mode {
    LOUD,
    SOFT
  }

  @BeforeEach
  void start() throws BindException {
    port = server.start().getPort();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.close();
    client.close();
  }

  private HttpServer newServer(HttpLimits limits, HostNames hosts) {
    HttpServer made =
        new HttpServer(
            new HttpServer.Settings("127.0.0.1", 0, hosts, limits),
            RequestMetrics.NONE,
            new SplittableRandom(1),
            System::nanoTime);
    Router router = made.router();
    router.add(
        TestOperation.of("GET", "/hello/{name}"),
        x -> x.respond(200, Map.of("hello", x.path("name"))));
    router.add(
        TestOperation.of("GET", "/query"),
        x -> x.respond(200, Map.of("a", x.query("a").orElse("-"))));
    router.add(TestOperation.of("HEAD", "/head"), x -> x.respondStream(200, 1234).close());
    router.add(
        TestOperation.of("GET", "/keys/{key...}"),
        x -> x.respond(200, Map.of("key", x.path("key"))));
    router.add(TestOperation.of("POST", "/json"), x -> x.respond(200, x.json(Greeting.class)));
    router.add(TestOperation.of("POST", "/nobody"), x -> x.respond(200, Map.of("read", 0)));
    router.add(TestOperation.of("DELETE", "/none"), x -> x.respond(204));
    router.add(
        TestOperation.of("GET", "/boom"),
        _ -> {
          throw new IllegalStateException("secret detail");
        });
    router.add(TestOperation.of("GET", "/silent"), _ -> {});
    router.add(
        TestOperation.of("GET", "/half"),
        x -> {
          OutputStream out = x.respondStream(200, 100_000);
          out.write(new byte[50_000]);
          out.flush();
          throw new IllegalStateException("the disk broke");
        });
    router.add(
        TestOperation.of("PUT", "/count"),
        x -> {
          try (InputStream in = x.body()) {
            long count = 0;
            byte[] buffer = new byte[64 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
              count += n;
            }
            x.respond(200, Map.of("bytes", count));
          } catch (java.io.IOException e) {
            bodyFailures.incrementAndGet();
            throw e;
          }
        });
    router.add(
        TestOperation.of("GET", "/zeros/{count}"),
        x -> {
          long left = Long.parseLong(x.path("count"));
          byte[] chunk = new byte[256 << 10];
          try (OutputStream out = x.respondStream(200, left)) {
            while (left > 0) {
              int n = (int) Math.min(left, chunk.length);
              out.write(chunk, 0, n);
              left -= n;
            }
          }
        });
    router.add(
        TestOperation.of("GET", "/wait"),
        x -> {
          x.onClientGone(gone::countDown);
          heldRequests.incrementAndGet();
          waiting.countDown();
          release.await();
          x.respond(200, Map.of("gone", x.isClientGone()));
        });
    return made;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder().GET(), path);
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send(json().POST(BodyPublishers.ofString(body)), path);
  }

  private static HttpRequest.Builder json() {
    return HttpRequest.newBuilder().header("Content-Type", "application/json");
  }

  private HttpResponse<String> send(HttpRequest.Builder builder, String path) throws Exception {
    return client.send(
        builder.uri(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void answersWithDecodedSegmentsAndQueries() throws Exception {
    assertThat(get("/hello/J%C3%BCrg%20+").body()).isEqualTo("{\"hello\":\"Jürg +\"}");
    assertThat(get("/query?a=b+c%26d&a=2&x").body()).isEqualTo("{\"a\":\"b c&d\"}");
    assertThat(get("/query?a").body()).isEqualTo("{\"a\":\"\"}");
    assertThat(get("/keys/a/b%2Fc/../d//e;x=1").body())
        .isEqualTo("{\"key\":\"a/b/c/../d//e;x=1\"}");
  }

  @Test
  void refusesBadEncodings() throws Exception {
    for (String path : List.of("/hello/%C3%28", "/hello/%ED%A0%80", "/query?a=%FF")) {
      HttpResponse<String> response = get(path);
      assertThat(response.statusCode()).as(path).isEqualTo(400);
      assertThat(response.body()).contains("BAD_ENCODING");
    }
    try (RawClient raw = new RawClient(port)) {
      String answer = raw.send("GET /hello/%4 HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
      assertThat(answer).startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void namesUnknownPathsAndMethods() throws Exception {
    HttpResponse<String> unknown = get("/v9/nothing");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("\"code\":\"NO_ROUTE\"").contains("\"next\"");
    assertThat(unknown.headers().firstValue("content-type")).contains("application/problem+json");

    HttpResponse<String> method = post("/hello/x", "{}");
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS");
    assertThat(method.body()).contains("METHOD_NOT_ALLOWED");
    assertThat(get("/hello/").statusCode()).isEqualTo(404);
    assertThat(get("/keys/").statusCode()).isEqualTo(404);
  }

  @Test
  void readsJsonStrictly() throws Exception {
    String good = "{\"name\":\"a\",\"times\":2,\"mode\":\"LOUD\",\"numbers\":[1]}";
    assertThat(post("/json", good).body()).isEqualTo(good);
    assertJson("{\"name\":\"a\",", "MALFORMED_JSON", "line 1");
    assertJson("{\"name\":\"a\"} x", "MALFORMED_JSON", "");
    assertJson("{\"name\":\"a\"} {}", "MALFORMED_JSON", "after the end");
    assertJson("{\"name\":\"a\",\"name\":\"b\"}", "MALFORMED_JSON", "name");
    assertJson("{\"nme\":\"a\"}", "UNKNOWN_FIELD", "nme");
    assertJson("{\"name\":1}", "WRONG_TYPE", "\"field\":\"name\"");
    assertJson("{\"name\":true}", "WRONG_TYPE", "\"field\":\"name\"");
    assertJson("{\"times\":\"2\"}", "WRONG_TYPE", "\"field\":\"times\"");
    assertJson("{\"times\":2.5}", "WRONG_TYPE", "\"field\":\"times\"");
    assertJson("{\"times\":null}", "WRONG_TYPE", "\"field\":\"times\"");
    assertJson("{\"times\":99999999999}", "", "");
    assertJson("{\"mode\":1}", "WRONG_TYPE", "\"field\":\"mode\"");
    assertJson("{\"mode\":\"QUIET\"}", "WRONG_TYPE", "\"field\":\"mode\"");
    assertJson("{\"numbers\":[1,\"2\"]}", "WRONG_TYPE", "numbers[1]");
    assertJson("{\"numbers\":{}}", "WRONG_TYPE", "numbers");
    assertJson("[]", "WRONG_TYPE", "");
    assertJson("null", "WRONG_TYPE", "");
    assertJson("[".repeat(1000), "", "");
    assertJson("\0", "MALFORMED_JSON", "");
  }

  /** What a form of a foreign page can send is no JSON; nor is what Jackson would guess. */
  @Test
  void takesJsonOnlyUnderItsName() throws Exception {
    String good = "{\"name\":\"a\",\"times\":2,\"mode\":\"LOUD\",\"numbers\":[1]}";
    for (String type :
        List.of(
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/json; charset=latin1")) {
      HttpResponse<String> refused =
          send(
              HttpRequest.newBuilder()
                  .header("Content-Type", type)
                  .POST(BodyPublishers.ofString(good)),
              "/json");
      assertThat(refused.statusCode()).as(type).isEqualTo(415);
      assertThat(refused.body()).contains("NOT_JSON").contains("application/json");
    }
    assertThat(
            send(HttpRequest.newBuilder().POST(BodyPublishers.ofString(good)), "/json")
                .statusCode())
        .isEqualTo(415);
    for (String type : List.of("Application/JSON", "application/json;charset=\"UTF-8\"")) {
      HttpRequest.Builder builder = HttpRequest.newBuilder().header("Content-Type", type);
      assertThat(send(builder.POST(BodyPublishers.ofString(good)), "/json").statusCode())
          .as(type)
          .isEqualTo(200);
    }
    for (var charset : List.of(UTF_16BE, UTF_16LE, UTF_16, ISO_8859_1)) {
      byte[] bytes = good.replace("a\"", "\u00e9\"").getBytes(charset);
      assertThat(send(json().POST(BodyPublishers.ofByteArray(bytes)), "/json").body())
          .as(charset.name())
          .contains("MALFORMED_JSON");
    }
    assertThat(post("/json", "\ufeff" + good).body()).contains("byte order mark");
  }

  private void assertJson(String body, String code, String detail) throws Exception {
    HttpResponse<String> response = post("/json", body);
    assertThat(response.statusCode()).as(body + " → " + response.body()).isEqualTo(400);
    assertThat(response.body()).as(body).contains(code).contains(detail).contains("\"next\"");
    assertThat(response.body()).doesNotContain("tools.jackson").doesNotContain("dev.holdfast");
  }

  @Test
  void limitsJsonBodiesAtTheirLimit() throws Exception {
    String head = "{\"name\":\"";
    String tail = "\"," + "\"times\":1}";
    int room = LIMITS.jsonBytes() - head.length() - tail.length();

    assertThat(post("/json", head + "x".repeat(room) + tail).statusCode()).isEqualTo(200);
    HttpResponse<String> more = post("/json", head + "x".repeat(room + 1) + tail);
    assertThat(more.statusCode()).isEqualTo(413);
    assertThat(more.body()).contains("PAYLOAD_TOO_LARGE");
    HttpResponse<String> chunked =
        send(
            json()
                .POST(
                    BodyPublishers.fromPublisher(
                        BodyPublishers.ofString(head + "x".repeat(room + 1) + tail))),
            "/json");
    assertThat(chunked.statusCode()).isEqualTo(413);
  }

  @Test
  void streamsBothWays() throws Exception {
    long bytes = 64L << 20;
    InputStream zeros =
        new InputStream() {
          private long left = bytes;

          @Override
          public int read() {
            return left-- > 0 ? 0 : -1;
          }

          @Override
          public int read(byte[] b, int off, int len) {
            int n = (int) Math.min(len, left);
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
    HttpResponse<String> up =
        send(HttpRequest.newBuilder().PUT(BodyPublishers.ofInputStream(() -> zeros)), "/count");
    assertThat(up.body()).isEqualTo("{\"bytes\":" + bytes + "}");

    HttpResponse<InputStream> down =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/zeros/" + bytes))
                .build(),
            BodyHandlers.ofInputStream());
    try (InputStream in = down.body()) {
      assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(bytes);
    }
  }

  @Test
  void answersHeadAndNoContent() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\nGET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n");
      byte[] buffer = new byte[4096];
      StringBuilder all = new StringBuilder();
      while (all.indexOf("{\"hello\"") < 0) {
        int n = raw.in().read(buffer);
        assertThat(n).as(all.toString()).isPositive();
        all.append(new String(buffer, 0, n, java.nio.charset.StandardCharsets.US_ASCII));
      }
      assertThat(all.toString()).containsIgnoringCase("Content-Length: 1234\r\n");
      raw.send("DELETE /none HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(raw.readResponse())
          .startsWith("HTTP/1.1 204")
          .doesNotContainIgnoringCase("transfer-encoding");
    }
  }

  @Test
  void hidesUnexpectedErrorsBehindAnId() throws Exception {
    for (String path : List.of("/boom", "/silent")) {
      HttpResponse<String> response = get(path);
      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body())
          .contains("\"code\":\"INTERNAL\"")
          .contains("\"id\"")
          .doesNotContain("secret detail");
    }
  }

  @Test
  void cutsAResponseThatFailsHalfWay() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      String all = raw.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n").readToEnd();
      assertThat(all.length()).isLessThan(60_000);
    }
  }

  @Test
  void noticesABodyThatIsCut() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nonly this");
      raw.closeSending();
      raw.readToEnd();
    }
    await(() -> bodyFailures.get() == 1);
    try (RawClient raw = new RawClient(port)) {
      raw.send(
          "PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    }
    await(() -> bodyFailures.get() == 2);
  }

  @Test
  void timesOutABodyThatStalls() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{");
      assertThat(raw.readToEnd()).startsWith("HTTP/1.1 408").contains("BODY_TIMEOUT");
    }
  }

  @Test
  void timesOutHeadersThatTrickle() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("GET /hello/x HTTP/1.1\r\nHost: a\r\n");
      long begun = System.nanoTime();
      assertThat(raw.readToEnd()).doesNotContain("200");
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("before an idle connection would be closed")
          .isLessThan(Duration.ofSeconds(20));
    }
  }

  @Test
  void tellsAWaitingRequestThatItsClientIsGone() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
      assertThat(gone.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(gone.await(2, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void keepsAPipelinedRequestThatArrivesWhileOneWaits() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
      raw.send("GET /hello/next HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(gone.await(200, TimeUnit.MILLISECONDS)).isFalse();
      release.countDown();

      assertThat(raw.readResponse()).contains("{\"gone\":false}");
      assertThat(raw.readResponse()).contains("{\"hello\":\"next\"}");
      raw.send("GET /hello/last HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(raw.readResponse()).contains("{\"hello\":\"last\"}");
    }
  }

  @Test
  void refusesMoreRequestsThanItsLimit() throws Exception {
    java.util.ArrayList<RawClient> held = new java.util.ArrayList<>();
    try {
      for (int i = 0; i < LIMITS.requests(); i++) {
        held.add(new RawClient(port).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      // A request that is sent before all others are held could take the place of the last one.
      await(() -> heldRequests.get() == LIMITS.requests());
      HttpResponse<String> refused = get("/hello/x");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("OVERLOADED");
      assertThat(refused.headers().firstValue("retry-after")).isPresent();
      release.countDown();
      for (RawClient one : held) {
        assertThat(one.readResponse()).startsWith("HTTP/1.1 200");
      }
      await(() -> get("/hello/x").statusCode() == 200);
    } finally {
      for (RawClient one : held) {
        one.close();
      }
    }
  }

  @Test
  void refusesWhatIsNewAndFinishesWhatIsUnderWayWhenItStops() throws Exception {
    try (RawClient held = new RawClient(port).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        RawClient idle = new RawClient(port).send("GET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n")) {
      waiting.await();
      assertThat(idle.readResponse()).startsWith("HTTP/1.1 200");

      server.refuseNew();

      await(() -> server.running() == 1); // The answered one may have a moment to live.
      String refused = idle.send("GET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
      assertThat(refused)
          .startsWith("HTTP/1.1 503")
          .contains("NOT_READY")
          .containsIgnoringCase("connection: close")
          .containsIgnoringCase("retry-after");
      release.countDown();
      assertThat(held.readResponse()).startsWith("HTTP/1.1 200");
      await(() -> server.running() == 0);
    }
  }

  @Test
  void drainsASmallUnreadBodyAndClosesAfterABigOne() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send("POST /nobody HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      raw.send("GET /hello/x HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(raw.readResponse()).contains("{\"hello\":\"x\"}");
      raw.send("POST /nobody HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n0123456789");
      assertThat(raw.readToEnd())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("Connection: close")
          .contains("{\"read\":0}");
    }
  }

  @Test
  void asksAClientThatExpectsItToContinue() throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send(
          "PUT /count HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 100");
      raw.send("hello");
      assertThat(raw.readResponse()).contains("{\"bytes\":5}");
      raw.send(
          "POST /nobody HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(raw.readToEnd()).startsWith("HTTP/1.1 200").doesNotContain("100 Continue");
    }
  }

  @Test
  void refusesForeignHostsWhenItHasAList() throws Exception {
    try (HttpServer strict = newServer(LIMITS, HostNames.of("127.0.0.1", Set.of("hold.example")))) {
      InetSocketAddress bound = strict.start();
      for (String host :
          List.of("localhost", "127.0.0.1:" + bound.getPort(), "[::1]:1", "Hold.example:99")) {
        assertThat(hostAnswer(bound.getPort(), host)).as(host).startsWith("HTTP/1.1 200");
      }
      for (String host : List.of("10.0.0.1", "localhost.evil.example", "127.0.0.1.x")) {
        assertThat(hostAnswer(bound.getPort(), host)).as(host).startsWith("HTTP/1.1 421");
      }
      assertThat(hostAnswer(bound.getPort(), "evil.example"))
          .startsWith("HTTP/1.1 421")
          .contains("WRONG_HOST");
      assertThat(hostAnswer(bound.getPort(), "a@127.0.0.1")).startsWith("HTTP/1.1 4");
    }
  }

  private static String hostAnswer(int port, String host) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      return raw.send("GET /hello/x HTTP/1.1\r\nHost: " + host + "\r\n\r\n").readResponse();
    }
  }

  @Test
  void knowsAnyAddressInDigitsBeyondLoopback() {
    HostNames open = HostNames.of("0.0.0.0", Set.of("Hold.example"));

    assertThat(List.of("10.0.0.1:7600", "[fe80::1]", "localhost", "hold.example"))
        .allMatch(open::has);
    assertThat(List.of("evil.example", "10.0.0.1.evil.example", "")).noneMatch(open::has);
  }

  /** Strangers who open connections and say nothing. */
  @Test
  void limitsConnectionsOfAllAndOfEachAddress() throws Exception {
    HttpLimits few =
        new HttpLimits(
            16 << 10,
            64,
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            64 << 10,
            1L << 40,
            8,
            5,
            3,
            Set.of());
    try (HttpServer strict = newServer(few, HostNames.ANY)) {
      int bound = strict.start().getPort();
      java.util.ArrayList<RawClient> open = new java.util.ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          open.add(new RawClient(bound));
        }
        await(() -> strict.connections() == 3);
        try (RawClient fourth = new RawClient(bound)) {
          assertThat(fourth.readToEnd()).startsWith("HTTP/1.1 503").contains("Retry-After: 1");
        }
        for (int i = 0; i < 2; i++) {
          open.add(new RawClient(bound, "127.0.0.2"));
        }
        await(() -> strict.connections() == 5);
        try (RawClient sixth = new RawClient(bound, "127.0.0.3")) {
          assertThat(sixth.readToEnd()).startsWith("HTTP/1.1 503");
        }

        open.getFirst().close();
        await(() -> strict.connections() == 4);
        assertThat(hostAnswer(bound, "a")).startsWith("HTTP/1.1 200");
      } finally {
        for (RawClient one : open) {
          one.close();
        }
      }
      await(() -> strict.connections() == 0);
    }
  }

  @Test
  void saysThatItsPortIsInUse() {
    HttpServer second =
        new HttpServer(
            new HttpServer.Settings("127.0.0.1", port, HostNames.ANY, LIMITS),
            RequestMetrics.NONE,
            new SplittableRandom(1),
            System::nanoTime);
    assertThatThrownBy(second::start)
        .isInstanceOf(BindException.class)
        .hasMessageContaining("Port " + port)
        .hasMessageContaining("in use")
        .hasMessageContaining("--api");
  }

  interface Check {
    boolean holds() throws Exception;
  }

  static void await(Check check) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!check.holds()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      Thread.onSpinWait();
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
