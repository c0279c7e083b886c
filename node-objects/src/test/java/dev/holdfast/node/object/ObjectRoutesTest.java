// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.http.FakeExchange;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.RouteHandler;
import dev.holdfast.protocol.ObjectBodies;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ObjectRoutesTest {
  @TempDir Path folder;
  private final Map<String, RouteHandler> routes = new HashMap<>();

  @SuppressWarnings("NullAway.Init")
  private ObjectCluster cluster;

  @BeforeEach
  void start() {
    cluster = new ObjectCluster(folder, 1);
    cluster
        .node("n1")
        .routes()
        .register((operation, handler) ->
            routes.put(operation.method() + " " + operation.path(), handler));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void answersAPutWithEverythingAboutTheVersion() throws Exception {
    FakeExchange put = put("dir/a", "hello");

    assertThat(put.status).isEqualTo(201);
    ObjectBodies.Put written = document(ObjectBodies.Put.class, put);
    assertThat(written.state()).isEqualTo("confirmed");
    assertThat(written.size()).isEqualTo(5);
    assertThat(written.copies()).isEqualTo(new ObjectBodies.Copies(1, 1));
    assertThat(put.responseHeaders).containsEntry("ETag", '"' + written.version() + '"');
    assertThat(put("dir/a", "other").status).isEqualTo(200);
  }

  @Test
  void answersRangesAndConditions() throws Exception {
    String tag = put("k", "0123456789").responseHeaders.getOrDefault("ETag", "");

    FakeExchange part = run(new FakeExchange("GET", "k").with("Range", "bytes=2-4"));
    assertThat(part.status).isEqualTo(206);
    assertThat(part.responseBody.toString(StandardCharsets.UTF_8)).isEqualTo("234");
    assertThat(part.responseHeaders).containsEntry("Content-Range", "bytes 2-4/10");
    assertThat(run(new FakeExchange("GET", "k").with("Range", "bytes=4-2")).status).isEqualTo(200);
    FakeExchange beyond = new FakeExchange("GET", "k").with("Range", "bytes=10-");
    assertThat(problem(beyond).code()).isEqualTo("RANGE_NOT_SATISFIABLE");
    assertThat(beyond.responseHeaders).containsEntry("Content-Range", "bytes */10");
    assertThat(run(new FakeExchange("GET", "k").with("If-None-Match", tag)).status).isEqualTo(304);
    assertThat(problem(new FakeExchange("GET", "k").with("If-Match", "\"other\"")).status())
        .isEqualTo(412);
    FakeExchange head = run(new FakeExchange("HEAD", "k"));
    assertThat(head.responseLength).isEqualTo(10);
  }

  @Test
  void keepsContentTypeAndMetadata() throws Exception {
    run(
        new FakeExchange("PUT", "k")
            .sending(utf8("x"))
            .with("Content-Type", "text/plain")
            .with("Holdfast-Meta-Mode", "0644"));

    FakeExchange get = run(new FakeExchange("GET", "k"));

    assertThat(get.responseHeaders)
        .containsEntry("Content-Type", "text/plain")
        .containsEntry("Holdfast-Meta-mode", "0644")
        .containsEntry("Holdfast-Sha256", Sha256.of(utf8("x")).toHex());
  }

  @Test
  void refusesBadInputEachWithItsCode() throws Exception {
    put("k", "x");

    for (String key : List.of("a//b", "a/../b", "./a", "a/", "/a", "x".repeat(1_025), "\ud800")) {
      assertThat(problem(new FakeExchange("PUT", key)).code()).as(key).isEqualTo("BAD_KEY");
    }
    assertThat(problem(new FakeExchange("PUT", "n").sending(utf8("x")).announcing(5)).code())
        .isEqualTo("BODY_INCOMPLETE");
    assertThat(problem(new FakeExchange("PUT", "n").with("Holdfast-Sha256", "0".repeat(64))).code())
        .isEqualTo("CHECKSUM_MISMATCH");
    assertThat(problem(new FakeExchange("PUT", "n").with("Holdfast-Sha256", "x")).code())
        .isEqualTo("BAD_HEADER");
    assertThat(problem(new FakeExchange("PUT", "n").with("If-Match", "unquoted")).code())
        .isEqualTo("BAD_HEADER");
    assertThat(problem(new FakeExchange("PUT", "n").with("Holdfast-Meta-", "1")).code())
        .isEqualTo("BAD_HEADER");
    for (String limit : List.of("0", "-1", "1001", "x", "99999999999")) {
      assertThat(problem(new FakeExchange("GET", "").asking("limit", limit)).code())
          .isEqualTo("BAD_QUERY");
    }
    assertThat(problem(new FakeExchange("GET", "n")).code()).isEqualTo("NOT_FOUND");
    assertThat(run(new FakeExchange("GET", "k")).responseBody.toByteArray()).isEqualTo(utf8("x"));
  }

  @Test
  void listsObjectsAndVersions() throws Exception {
    put("a/1", "x");
    put("a/1", "y");
    put("b", "z");

    ObjectBodies.Page listing =
        document(
            ObjectBodies.Page.class, run(new FakeExchange("GET", "").asking("delimiter", "/")));
    assertThat(listing.prefixes()).containsExactly("a/");
    assertThat(listing.objects()).extracting(ObjectBodies.Info::key).containsExactly("b");
    assertThat(listing.complete()).isTrue();

    ObjectBodies.Versions versions =
        document(
            ObjectBodies.Versions.class,
            run(new FakeExchange("GET", "a/1").asking("versions", "")));
    assertThat(versions.holders()).containsExactly("n1");
    assertThat(versions.versions()).hasSize(2);
    assertThat(versions.versions().getFirst().parents())
        .containsExactly(versions.versions().getLast().version());
  }

  private FakeExchange put(String key, String text) throws Exception {
    return run(new FakeExchange("PUT", key).sending(utf8(text)));
  }

  private FakeExchange run(FakeExchange exchange) throws Exception {
    String template = exchange.path("key").isEmpty() ? "/v1/objects" : "/v1/objects/{key...}";
    RouteHandler handler = routes.get(exchange.method() + " " + template);
    if (handler == null) {
      throw new AssertionError("No route for " + exchange.method() + " " + template);
    }
    handler.handle(exchange);
    return exchange;
  }

  private static <T> T document(Class<T> type, FakeExchange exchange) {
    Object document = exchange.document;
    if (document == null) {
      throw new AssertionError("No document, status " + exchange.status);
    }
    return type.cast(document);
  }

  private ProblemException problem(FakeExchange exchange) {
    ProblemException problem = catchThrowableOfType(ProblemException.class, () -> run(exchange));
    assertThat(problem).as("a problem").isNotNull();
    return problem;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
