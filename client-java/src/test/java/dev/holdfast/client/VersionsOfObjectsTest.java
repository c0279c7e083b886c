// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.client.WriteTerms.Consistency;
import dev.holdfast.client.WriteTerms.Durability;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.WireJson;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the client asks for, and tells, of states, branches and merges. */
class VersionsOfObjectsTest {
  private static final ObjectBodies.Put BRANCH =
      new ObjectBodies.Put(
          "k",
          "v9",
          List.of("v1"),
          "provisional",
          3,
          "ab",
          false,
          new ObjectBodies.Copies(3, 1),
          "local",
          true);

  private final FakeNode node = new FakeNode("n1", new FakeCluster());
  private final FakeNode other = new FakeNode("n2", new FakeCluster());
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Holdfast holdfast = connect(node.api());
  private final ObjectClient objects = holdfast.objects();

  private static Holdfast connect(String servers) {
    return Holdfast.connect(ClientConfig.of(servers).withRequestTimeout(Duration.ofMinutes(1)));
  }

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
    other.close();
  }

  @Test
  void aWriteSaysWhatItWantsAndIsToldWhatItReached() {
    node.rest = exchange -> record(exchange, 202, BRANCH);

    ObjectBodies.Put put =
        objects.put(
            "k",
            "abc".getBytes(UTF_8),
            WriteOptions.NONE
                .durability(Durability.LOCAL)
                .consistency(Consistency.PROVISIONAL)
                .parents("v1", "v2"));
    objects.delete("k", WriteOptions.NONE.consistency(Consistency.CONFIRMED));
    objects.put("k", new byte[0]);

    assertThat(put).isEqualTo(BRANCH);
    assertThat(put.isProvisional()).isTrue();
    assertThat(requests)
        .containsExactly(
            "PUT /v1/objects/k?durability=local&consistency=provisional [v1, v2] abc",
            "DELETE /v1/objects/k?consistency=confirmed [null] ",
            "PUT /v1/objects/k [null] ");
  }

  @Test
  void aProvisionalAnswerIsASuccessAndEndsTheTries() {
    node.rest = exchange -> record(exchange, 202, BRANCH);
    other.rest = node.rest;

    try (Holdfast two = connect(node.api() + "," + other.api())) {
      assertThat(two.objects().put("k", new byte[1])).isEqualTo(BRANCH);
    }

    assertThat(requests).hasSize(1);
  }

  @Test
  void everyWriteIsRepeatedUnderItsId() {
    List<String> ids = new CopyOnWriteArrayList<>();
    node.rest =
        exchange -> {
          ids.add(exchange.getRequestHeaders().getFirst("Holdfast-Request"));
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    other.rest =
        exchange -> {
          ids.add(exchange.getRequestHeaders().getFirst("Holdfast-Request"));
          record(exchange, 202, BRANCH);
        };

    List<Runnable> writes =
        List.of(
            () -> connectAndClose(o -> o.put("k", new byte[1])),
            () -> connectAndClose(o -> o.delete("k")),
            () -> connectAndClose(o -> o.merge("k", List.of("v1"), new byte[1])),
            () -> connectAndClose(o -> o.mergeTaking("k", List.of("v1"), "v1")));
    for (Runnable write : writes) {
      ids.clear();
      write.run();
      assertThat(ids).hasSize(2).doesNotContainNull();
      assertThat(ids.get(0)).isEqualTo(ids.get(1));
    }
  }

  private void connectAndClose(java.util.function.Function<ObjectClient, ObjectBodies.Put> write) {
    try (Holdfast two = connect(node.api() + "," + other.api())) {
      assertThat(write.apply(two.objects())).isEqualTo(BRANCH);
    }
  }

  @Test
  void aReadChoosesAVersionOrAHeadAndIsToldItsState() throws IOException {
    node.rest =
        exchange -> {
          requests.add(line(exchange));
          exchange.getResponseHeaders().put(Headers.ETAG, "\"v9\"");
          exchange.getResponseHeaders().put(new HttpString("Holdfast-State"), "provisional");
          exchange.getResponseHeaders().put(new HttpString("Holdfast-Consistency"), "local");
          if (exchange.getRequestMethod().toString().equals("GET")) {
            exchange.getOutputStream().write(7);
          }
        };

    try (ObjectReader reader = objects.get("k", ReadOptions.DEFAULT.version("v9"))) {
      assertThat(reader.head().state()).isEqualTo("provisional");
      assertThat(reader.head().isLocal()).isTrue();
    }
    ObjectHead head =
        objects.head("k", ReadOptions.DEFAULT.mode(ReadOptions.Mode.PROVISIONAL_ALLOWED));
    objects.head("k", ReadOptions.DEFAULT.mode(ReadOptions.Mode.CONFIRMED_ONLY));
    objects.head("k");

    assertThat(head.isProvisional()).isTrue();
    assertThat(requests)
        .containsExactly(
            "GET /v1/objects/k?version=v9",
            "HEAD /v1/objects/k?read=provisional_allowed",
            "HEAD /v1/objects/k?read=confirmed_only",
            "HEAD /v1/objects/k");
  }

  @Test
  void versionsAreAGraphWithItsHeads() {
    ObjectBodies.Version one =
        new ObjectBodies.Version("v1", List.of(), "confirmed", false, 1, "a", "10.0.0.1", "t");
    ObjectBodies.Version two =
        new ObjectBodies.Version("v2", List.of("v1"), "provisional", true, 0, "", "10.0.0.2", "u");
    ObjectBodies.Versions graph =
        new ObjectBodies.Versions(
            "k", "v1", List.of("v2", "v3"), List.of("n1"), List.of(two, one), true, List.of());
    node.rest = exchange -> record(exchange, 200, graph);

    assertThat(objects.versions("k")).isEqualTo(graph);
    assertThat(objects.versions("k").isInConflict()).isTrue();
    assertThat(requests).first().isEqualTo("GET /v1/objects/k?versions [null] ");
  }

  @Test
  void conflictsAreFetchedPageByPageAsTheyAreNeeded() {
    node.rest =
        exchange -> {
          boolean second = exchange.getQueryParameters().containsKey("after");
          int from = second ? 2 : 0;
          List<ObjectBodies.Conflict> some =
              IntStream.range(from, from + 2)
                  .mapToObj(i -> new ObjectBodies.Conflict("p/" + i, null, List.of()))
                  .toList();
          record(
              exchange,
              200,
              new ObjectBodies.Conflicts(some, second ? null : "p/1", !second, List.of("n3")));
        };

    assertThat(objects.conflicts("p/").limit(1)).hasSize(1);
    assertThat(requests).hasSize(1);
    assertThat(objects.conflicts("p/").map(ObjectBodies.Conflict::key))
        .containsExactly("p/0", "p/1", "p/2", "p/3");
    assertThat(requests).last().isEqualTo("GET /v1/conflicts?prefix=p%2F&after=p%2F1 [null] ");
    assertThat(objects.conflictPages("p/"))
        .extracting(ObjectBodies.Conflicts::complete)
        .containsExactly(true, false);
  }

  @Test
  void aMergeNamesWhatItEnds() {
    node.rest = exchange -> record(exchange, 201, BRANCH);

    objects.merge("k", List.of("v1", "v2"), "abc".getBytes(UTF_8));
    objects.mergeTaking(
        "k", List.of("v1", "v2"), "v2", WriteOptions.NONE.consistency(Consistency.CONFIRMED));

    assertThat(requests)
        .containsExactly(
            "POST /v1/objects/k?merge [v1, v2] abc",
            "POST /v1/objects/k?merge&take=v2&consistency=confirmed [v1, v2] ");
    assertThatThrownBy(() -> objects.merge("k", List.of(), new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatCannotBeConfirmedIsRefusedUnlessAnEarlierTryMayHaveBeenDone() {
    node.rest = exchange -> refuse(exchange, 409, "NOT_ON_HEAD");
    assertThatThrownBy(() -> objects.confirm("k", "v2"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("NOT_ON_HEAD");
    assertThat(requests).containsExactly("POST /v1/objects/k?confirm=v2");

    other.rest =
        exchange -> {
          exchange.getInputStream().readAllBytes();
          exchange.getConnection().close();
        };
    try (Holdfast two = connect(other.api() + "," + node.api())) {
      assertThatThrownBy(() -> two.objects().confirm("k", "v2"))
          .isInstanceOf(OutcomeUnknownException.class);
    }
  }

  @Test
  void termsThatContradictEachOtherAreRefusedAtOnce() {
    assertThatThrownBy(() ->
            WriteTerms.DEFAULT.durability(Durability.LOCAL).consistency(Consistency.CONFIRMED))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReadOptions(ReadOptions.Mode.PREFERRED, "v1", null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void record(HttpServerExchange exchange, int status, Object body) throws IOException {
    String content = new String(exchange.getInputStream().readAllBytes(), UTF_8);
    String parents = exchange.getRequestHeaders().getFirst("Holdfast-Parents");
    requests.add(line(exchange) + " [" + parents + "] " + content);
    json(exchange, status, body);
  }

  private static String line(HttpServerExchange exchange) {
    String query = exchange.getQueryString();
    return exchange.getRequestMethod()
        + " "
        + exchange.getRequestURI()
        + (query.isEmpty() ? "" : "?" + query);
  }

  private static void json(HttpServerExchange exchange, int status, Object body) {
    exchange.setStatusCode(status);
    exchange.getResponseSender().send(ByteBuffer.wrap(WireJson.answers().writeValueAsBytes(body)));
  }

  private void refuse(HttpServerExchange exchange, int status, String code) throws IOException {
    exchange.getInputStream().readAllBytes();
    requests.add(line(exchange));
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Problem.MEDIA_TYPE);
    json(exchange, status, new Problem(status, code, "because", "merge", java.util.Map.of()));
  }
}
