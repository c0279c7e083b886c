// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.WireJson;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectClientTest {
  private static final ObjectBodies.Put PUT =
      new ObjectBodies.Put(
          "k",
          "v1",
          List.of(),
          "confirmed",
          3,
          "ab",
          false,
          new ObjectBodies.Copies(3, 2),
          "majority",
          false);

  private final FakeNode node = new FakeNode("n1", new FakeCluster());
  private final FakeNode other = new FakeNode("n2", new FakeCluster());
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Holdfast holdfast = connect(node.api());
  private final ObjectClient objects = holdfast.objects();

  @TempDir Path folder;

  private static Holdfast connect(String servers) {
    return connect(servers, Duration.ofMinutes(1));
  }

  private static Holdfast connect(String servers, Duration requestTimeout) {
    return Holdfast.connect(ClientConfig.of(servers).withRequestTimeout(requestTimeout));
  }

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
    other.close();
  }

  @Test
  void putSendsConditionsMetadataAndFence() {
    node.rest =
        exchange -> {
          byte[] body = exchange.getInputStream().readAllBytes();
          requests.add(line(exchange) + " " + new String(body, UTF_8));
          assertThat(exchange.getRequestHeaders().getFirst("Holdfast-Meta-author"))
              .isEqualTo("ada");
          assertThat(exchange.getRequestHeaders().getFirst("Holdfast-Fence")).isEqualTo("l;7");
          assertThat(exchange.getRequestHeaders().getFirst("If-Match")).isEqualTo("\"v0\"");
          json(exchange, 201, PUT);
        };

    ObjectBodies.Put put =
        objects.put(
            "a b/ü?#.txt",
            "abc".getBytes(UTF_8),
            WriteOptions.NONE
                .metadata("author", "ada")
                .contentType("text/plain")
                .ifMatch("v0")
                .fence(new Fence("l", 7)));

    assertThat(put).isEqualTo(PUT);
    assertThat(requests).containsExactly("PUT /v1/objects/a%20b/%C3%BC%3F%23.txt abc");
  }

  @Test
  void putTakesFilesAndStreams() throws IOException {
    node.rest =
        exchange -> {
          byte[] body = exchange.getInputStream().readAllBytes();
          requests.add(exchange.getRequestContentLength() + " " + body.length);
          json(exchange, 200, PUT);
        };
    Path file = Files.write(folder.resolve("f"), new byte[100_000]);

    objects.put("k", file, WriteOptions.NONE);
    objects.put("k", new ByteArrayInputStream(new byte[70_000]), 70_000, WriteOptions.NONE);
    objects.put("k", new ByteArrayInputStream(new byte[0]), 0, WriteOptions.NONE);

    assertThat(requests).containsExactly("100000 100000", "70000 70000", "0 0");
  }

  @Test
  void readGivesTheHeadAndTheBytes() throws IOException {
    node.rest =
        exchange -> {
          requests.add(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
          exchange.setStatusCode(206);
          exchange.getResponseHeaders().put(Headers.ETAG, "\"v1\"");
          exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain");
          exchange.getResponseHeaders().put(new HttpString("Content-Range"), "bytes 2-4/9");
          exchange.getResponseHeaders().put(new HttpString("Holdfast-Meta-Author"), "ada");
          exchange.getResponseHeaders().put(new HttpString("Holdfast-Sha256"), "ff");
          exchange.getOutputStream().write("abc".getBytes(UTF_8));
        };

    try (ObjectReader reader = objects.get("k", new ByteRange(2, 4))) {
      assertThat(reader.head())
          .isEqualTo(
              new ObjectHead("k", "v1", 9, "ff", "text/plain", Map.of("author", "ada"), "", ""));
      assertThat(reader.readAll()).isEqualTo("abc".getBytes(UTF_8));
    }
    assertThat(requests).containsExactly("bytes=2-4");
  }

  @Test
  void listFetchesPagesAsTheyAreNeeded() {
    node.rest =
        exchange -> {
          requests.add(exchange.getQueryString());
          boolean second = exchange.getQueryParameters().containsKey("after");
          int from = second ? 2 : 0;
          List<ObjectBodies.Info> infos =
              IntStream.range(from, from + 2)
                  .mapToObj(i ->
                      new ObjectBodies.Info("p/" + i, "v", 1, null, null, null, Map.of(), null))
                  .toList();
          json(
              exchange,
              200,
              new ObjectBodies.Page(infos, List.of(), second ? null : "p/1", true, List.of()));
        };

    assertThat(objects.list("p/").limit(1)).hasSize(1);
    assertThat(requests).containsExactly("prefix=p%2F");
    assertThat(objects.list("p/").map(ObjectBodies.Info::key))
        .containsExactly("p/0", "p/1", "p/2", "p/3");
    assertThat(requests).last().isEqualTo("prefix=p%2F&after=p%2F1");
  }

  @Test
  void errorsSayWhetherToRetry() {
    expect(404, "NOT_FOUND", NotFoundException.class, false);
    expect(412, "FENCED", RefusedException.class, false);
    expect(503, "NO_MAJORITY", UnavailableException.class, true);
    expect(503, "OUTCOME_UNKNOWN", OutcomeUnknownException.class, false);
    expect(429, "OVERLOADED", UnavailableException.class, true);
  }

  private void expect(int status, String code, Class<?> type, boolean retry) {
    node.rest = exchange -> problem(exchange, status, code);
    try (Holdfast impatient = connect(node.api(), Duration.ofMillis(200))) {
      assertThatThrownBy(() -> impatient.objects().put("k", new byte[1]))
          .as(code)
          .isInstanceOf(type)
          .hasMessageContaining(code)
          .matches(e -> ((HoldfastException) e).mayRetry() == retry);
    }
  }

  @Test
  void readsPassOverNodesThatCannotAnswer() throws IOException {
    node.rest = exchange -> problem(exchange, 503, "NO_MAJORITY");
    other.rest = exchange -> exchange.getOutputStream().write("abc".getBytes(UTF_8));
    try (Holdfast two = connect(node.api() + "," + other.api());
        ObjectReader reader = two.objects().get("k")) {

      assertThat(reader.readAll()).hasSize(3);
    }
  }

  @Test
  void writePassesOverNodesThatCannotBeConnectedTo() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    node.rest = exchange -> json(exchange, 200, PUT);
    try (Holdfast two = connect("http://127.0.0.1:" + port + "," + node.api())) {
      assertThat(
              two.objects().put("k", new ByteArrayInputStream(new byte[9]), 9, WriteOptions.NONE))
          .isEqualTo(PUT);
    }
  }

  @Test
  void writeWhoseAnswerIsMissingIsRepeatedUnderItsId() {
    node.rest =
        exchange -> {
          requests.add(exchange.getRequestHeaders().getFirst("Holdfast-Request"));
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    other.rest =
        exchange -> {
          requests.add(exchange.getRequestHeaders().getFirst("Holdfast-Request"));
          json(exchange, 200, PUT);
        };
    try (Holdfast two = connect(node.api() + "," + other.api())) {
      assertThat(two.objects().put("k", new byte[9])).isEqualTo(PUT);
      assertThat(two.objects().put("k", new byte[9])).isEqualTo(PUT);
    }

    assertThat(requests).hasSize(3).doesNotContainNull();
    assertThat(requests.get(0)).isEqualTo(requests.get(1)).isNotEqualTo(requests.get(2));
  }

  @Test
  void streamWhoseAnswerIsMissingIsUnknownAndNotRepeated() {
    node.rest =
        exchange -> {
          requests.add(line(exchange));
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    other.rest = node.rest;
    try (Holdfast two = connect(node.api() + "," + other.api())) {
      InputStream stream = new ByteArrayInputStream(new byte[9]);

      assertThatThrownBy(() -> two.objects().put("k", stream, 9, WriteOptions.NONE))
          .isInstanceOf(OutcomeUnknownException.class)
          .matches(e -> !((HoldfastException) e).mayRetry());
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void repeatThatIsRefusedIsUnknownSinceTheFirstTryMayHaveCome() {
    node.rest =
        exchange -> {
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    other.rest = exchange -> problem(exchange, 404, "NOT_FOUND");
    try (Holdfast two = connect(node.api() + "," + other.api())) {
      assertThatThrownBy(() -> two.objects().delete("k"))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("NOT_FOUND");
    }
    assertThatThrownBy(() -> connect(other.api()).objects().delete("k"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void repeatThatIsRefusedForGoodIsRefused() {
    node.rest =
        exchange -> {
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    List<Boolean> saysFinal = new ArrayList<>(List.of(true, false));
    other.rest =
        exchange -> {
          exchange.getInputStream().readAllBytes();
          exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Problem.MEDIA_TYPE);
          Map<String, Object> members = Map.of("final", saysFinal.remove(0));
          json(exchange, 412, new Problem(412, "PRECONDITION_FAILED", "no", "read", members));
        };
    WriteOptions ifMatch = WriteOptions.NONE.ifMatch("v1");

    for (Class<? extends Exception> told :
        List.of(RefusedException.class, OutcomeUnknownException.class)) {
      try (Holdfast two = connect(node.api() + "," + other.api())) {
        assertThatThrownBy(() -> two.objects().put("k", new byte[1], ifMatch)).isInstanceOf(told);
      }
    }
  }

  @Test
  void writeThatMayBeForgottenGoesUnderAnotherIdWhenItWasNeverSentBefore() {
    node.rest =
        exchange -> {
          requests.add(
              exchange.getRequestHeaders().getFirst("Holdfast-Request")
                  + " "
                  + exchange.getRequestHeaders().getFirst("Holdfast-Seen"));
          exchange.getInputStream().readAllBytes();
          if (requests.size() == 1) {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Problem.MEDIA_TYPE);
            json(
                exchange,
                409,
                new Problem(409, "STALE_REQUEST", "old", "again", Map.of("revision", 77)));
          } else {
            json(exchange, 200, PUT);
          }
        };

    assertThat(objects.put("k", new byte[1])).isEqualTo(PUT);

    assertThat(requests).hasSize(2);
    assertThat(requests.get(0)).endsWith(" 0");
    assertThat(requests.get(1)).endsWith(" 77");
    assertThat(requests.get(1).split(" ")[0]).isNotEqualTo(requests.get(0).split(" ")[0]);
  }

  @Test
  void bodyThatIsNotAsAnnouncedIsNotStoredAndNoServerIsBlamed() {
    node.rest =
        exchange -> {
          requests.add("whole " + exchange.getInputStream().readAllBytes().length);
          json(exchange, 200, PUT);
        };
    InputStream throwing =
        new InputStream() {
          private int left = 50_000;

          @Override
          public int read() throws IOException {
            return read(new byte[1], 0, 1) == 1 ? 7 : -1;
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
              throw new IOException("the disk is gone");
            }
            int some = Math.min(left, length);
            left -= some;
            return some;
          }
        };

    notStored(stream(500_000), 1_000_000, "ended after 500000 of 1000000");
    notStored(stream(40_000), 32_768, "more than the announced 32768");
    notStored(stream(3), 0, "more than the announced 0");
    notStored(throwing, 1_000_000, "the disk is gone");
    notStored(throwing, -1, "the disk is gone");
    assertThat(requests).isEmpty();
    objects.put("k", stream(40_000), WriteOptions.NONE);
    assertThat(requests).containsExactly("whole 40000");
  }

  private void notStored(InputStream body, long length, String why) {
    assertThatThrownBy(() -> objects.put("k", body, length, WriteOptions.NONE))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("not stored")
        .hasMessageContaining(why)
        .matches(e -> ((RefusedException) e).code().equals("BODY_INCOMPLETE"));
  }

  private static InputStream stream(int bytes) {
    return new ByteArrayInputStream(new byte[bytes]);
  }

  private static Duration headTime(Holdfast holdfast) {
    long begun = System.nanoTime();
    holdfast.objects().head("k");
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  void blackHoleIsLeftSoonAndAvoidedThen() throws IOException {
    node.rest =
        exchange -> {
          requests.add(exchange.getRequestMethod().toString());
          exchange.getOutputStream().write("abc".getBytes(UTF_8));
        };
    try (ServerSocket hole = new ServerSocket(0);
        Holdfast two = connect("127.0.0.1:" + hole.getLocalPort() + "," + node.api())) {
      Duration first = headTime(two);
      Duration fastest = headTime(two);
      for (int i = 0; i < 9; i++) {
        fastest = Collections.min(List.of(fastest, headTime(two)));
      }

      assertThat(first).as("the request has a minute").isLessThan(Duration.ofSeconds(30));
      assertThat(fastest).as("the hole costs two seconds").isLessThan(Duration.ofMillis(1_900));
    }
    assertThat(requests).hasSize(11).containsOnly("HEAD");
  }

  @Test
  void failureNamesEveryServerAndWhy() throws IOException {
    int closed;
    try (ServerSocket free = new ServerSocket(0)) {
      closed = free.getLocalPort();
    }
    node.rest =
        exchange -> {
          if (exchange.getRequestPath().equals("/v1/cluster")) {
            json(exchange, 200, status());
          } else {
            problem(exchange, 503, "NO_MAJORITY");
          }
        };
    other.rest = exchange -> exchange.setStatusCode(404); // Something that is no node.
    String servers = node.api() + "," + other.api() + ",nowhere.invalid:1,127.0.0.1:" + closed;
    try (Holdfast all = connect(servers, Duration.ofMillis(300))) {
      assertThatThrownBy(() -> all.objects().get("k"))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining(node.api() + " (503 NO_MAJORITY: because; n2 is offline)")
          .hasMessageContaining(other.api() + " (answered HTTP 404; it is no Holdfast node)")
          .hasMessageContaining("http://nowhere.invalid:1 (unknown host)")
          .hasMessageContaining("http://127.0.0.1:" + closed + " (");
    }
  }

  private static ClusterBodies.Status status() {
    return new ClusterBodies.Status(
        "raft", false, null, 1, List.of(node("n1", "healthy"), node("n2", "offline")), List.of());
  }

  private static ClusterBodies.Node node(String id, String health) {
    return new ClusterBodies.Node(
        id, "", "follower", "active", health, Map.of(), 0, 0, "", "", 0, "");
  }

  @Test
  void writeThatANodeRefusedForNowIsTriedElsewhere() {
    node.rest = exchange -> problem(exchange, 503, "NO_MAJORITY");
    other.rest = exchange -> json(exchange, 200, PUT);
    try (Holdfast two = connect(node.api() + "," + other.api())) {
      assertThat(two.objects().put("k", new byte[9])).isEqualTo(PUT);
    }
  }

  @Test
  void metadataIsTextAndNotOnlyAscii() throws IOException {
    node.rest =
        exchange -> {
          String header = exchange.getRequestHeaders().getFirst("Holdfast-Meta-title");
          if (header != null) {
            requests.add(header);
            json(exchange, 200, PUT);
          } else {
            exchange
                .getResponseHeaders()
                .put(new HttpString("Holdfast-Meta-Title"), requests.get(0));
            exchange.getOutputStream().write(1);
          }
        };

    objects.put("k", new byte[1], WriteOptions.NONE.metadata("title", "Größe 100%"));

    assertThat(requests).containsExactly("UTF-8''Gr%C3%B6%C3%9Fe%20100%25");
    assertThat(objects.head("k").metadata()).containsEntry("title", "Größe 100%");
  }

  @Test
  void pingSaysWhetherTheClusterIsReady() {
    node.rest = exchange -> json(exchange, 200, new ClusterBodies.Health("ready"));
    holdfast.ping();
    assertThat(holdfast.awaitReady(Duration.ZERO)).isTrue();

    node.rest = exchange -> problem(exchange, 503, "NOT_READY");
    try (Holdfast impatient = connect(node.api(), Duration.ofMillis(200))) {
      assertThatThrownBy(impatient::ping)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("NOT_READY");
      assertThat(impatient.awaitReady(Duration.ofMillis(300))).isFalse();
    }
  }

  @Test
  void closedClientsLeaveNoThreads() {
    node.rest = exchange -> json(exchange, 200, new ClusterBodies.Health("ready"));
    assumeTrue(Runtime.version().feature() >= 21, "the JDK can close its HTTP client");
    long before = selectors();

    for (int i = 0; i < 10; i++) {
      try (Holdfast one = connect(node.api())) {
        one.ping();
      }
    }

    Await.until("the selectors have ended", () -> selectors() <= before);
  }

  private static long selectors() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("HttpClient-"))
        .filter(thread -> thread.getName().endsWith("SelectorManager"))
        .count();
  }

  @Test
  void closedClientRefusesObjectsToo() {
    holdfast.close();

    assertThatThrownBy(() -> objects.head("k")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> objects.put("k", new byte[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void bodyThatStopsComingIsAnError() throws IOException {
    CountDownLatch end = new CountDownLatch(1);
    node.rest =
        exchange -> {
          exchange.setResponseContentLength(10);
          exchange.getOutputStream().write(new byte[5]);
          exchange.getOutputStream().flush();
          end.await();
          exchange.getConnection().close();
        };
    try (Holdfast impatient = connect(node.api(), Duration.ofSeconds(5));
        ObjectReader reader = impatient.objects().get("k")) {
      assertThatThrownBy(reader::readAll)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nothing came");
    } finally {
      end.countDown();
    }
  }

  @Test
  void bodyThatIsCutIsAnError() {
    node.rest =
        exchange -> {
          exchange.setResponseContentLength(10);
          exchange.getOutputStream().write(new byte[5]);
          exchange.getOutputStream().flush();
          exchange.getConnection().close();
        };
    assertThatThrownBy(
            () -> {
              try (ObjectReader reader = objects.get("k")) {
                reader.readAll();
              }
            })
        .isInstanceOf(IOException.class);
  }

  private static String line(HttpServerExchange exchange) {
    return exchange.getRequestMethod() + " " + exchange.getRequestURI();
  }

  private static void json(HttpServerExchange exchange, int status, Object body) {
    exchange.setStatusCode(status);
    exchange.getResponseSender().send(ByteBuffer.wrap(WireJson.answers().writeValueAsBytes(body)));
  }

  private static void problem(HttpServerExchange exchange, int status, String code)
      throws IOException {
    exchange.getInputStream().readAllBytes();
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Problem.MEDIA_TYPE);
    json(
        exchange,
        status,
        Map.of("status", status, "code", code, "detail", "because", "next", "do"));
  }
}
