// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests on whose length or shape two parsers may disagree. Each is followed by, or hides, a
 * request for {@code /smuggled}; whatever is answered, that one is never run.
 */
final class SmugglingTest {
  private static final HttpLimits LIMITS =
      new HttpLimits(
          16 << 10,
          64,
          Duration.ofMillis(700),
          Duration.ofMillis(700),
          Duration.ofMillis(700),
          64 << 10,
          1L << 40,
          100,
          100,
          100,
          Set.of());

  private static final String INNER = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

  private final AtomicInteger smuggled = new AtomicInteger();
  private final HttpServer server =
      new HttpServer(
          new HttpServer.Settings("127.0.0.1", 0, HostNames.ANY, LIMITS),
          RequestMetrics.NONE,
          new SplittableRandom(1),
          System::nanoTime);
  private int port;

  /** What is answered to a request that is no smuggling but garbage. */
  record Case(String name, String request) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeEach
  void start() throws BindException {
    server.router().add(TestOperation.of("GET", "/ok"), x -> x.respond(200, Map.of()));
    server
        .router()
        .add(
            TestOperation.of("POST", "/body"),
            x -> x.respond(200, Map.of("read", x.body().readAllBytes().length)));
    server
        .router()
        .add(
            TestOperation.of("GET", "/smuggled"),
            x -> {
              smuggled.incrementAndGet();
              x.respond(200, Map.of());
            });
    port = server.start().getPort();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Case post(String name, String headers, String body) {
    return new Case(name, "POST /body HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body);
  }

  private static Case get(String name, String head) {
    return new Case(name, head + "\r\n" + INNER);
  }

  private static Case chunks(String name, String body) {
    return post(name, "Transfer-Encoding: chunked\r\n", body + INNER);
  }

  static Stream<Case> ambiguousLengths() {
    String end = "0\r\n\r\n";
    return Stream.of(
        post("CL and TE", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", end + INNER),
        post("TE and CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", end + INNER),
        post("two CL", "Content-Length: 0\r\nContent-Length: 40\r\n", INNER),
        post("two equal CL", "Content-Length: 0\r\nContent-Length: 0\r\n", INNER),
        post("CL list", "Content-Length: 0, 40\r\n", INNER),
        post("CL with plus", "Content-Length: +0\r\n", INNER),
        post("CL negative", "Content-Length: -1\r\n", INNER),
        post("CL hexadecimal", "Content-Length: 0x0\r\n", INNER),
        post("CL fraction", "Content-Length: 0.0\r\n", INNER),
        post("CL empty", "Content-Length: \r\n", INNER),
        post("CL text", "Content-Length: zero\r\n", INNER),
        post("CL beyond a long", "Content-Length: 99999999999999999999\r\n", INNER),
        post("CL with inner space", "Content-Length: 0 0\r\n", INNER),
        post("TE unknown", "Transfer-Encoding: gzip\r\n", end + INNER),
        post("TE identity", "Transfer-Encoding: identity\r\n", end + INNER),
        post("TE chunked not last", "Transfer-Encoding: chunked, identity\r\n", end + INNER),
        post("TE chunked twice", "Transfer-Encoding: chunked, chunked\r\n", end + INNER),
        post("two TE", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", end + INNER),
        post("TE with tab", "Transfer-Encoding: \u000bchunked\r\n", end + INNER),
        post("TE quoted", "Transfer-Encoding: \"chunked\"\r\n", end + INNER),
        post("space before colon of CL", "Content-Length : 0\r\n", INNER),
        post("space before colon of TE", "Transfer-Encoding : chunked\r\n", end + INNER),
        new Case(
            "TE in HTTP/1.0",
            "POST /body HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + end
                + INNER));
  }

  static Stream<Case> oddChunks() {
    return Stream.of(
        chunks("chunk size empty", "\r\n\r\n"),
        chunks("chunk size negative", "-1\r\n\r\n"),
        chunks("chunk size with 0x", "0x0\r\n\r\n"),
        chunks("chunk size not hexadecimal", "g\r\n\r\n"),
        chunks("chunk size beyond a long", "1" + "0".repeat(16) + "\r\nabc\r\n"),
        chunks("chunk size wraps an int", "100000000\r\n\r\n"),
        chunks("chunk size with leading space", " 0\r\n\r\n"),
        chunks("chunk without its line end", "3\r\nabcX0\r\n\r\n"),
        chunks("chunk with bare LF", "3\nabc\n0\n\n"),
        chunks("chunk extension with bare LF", "3;a\nabc\r\n0\r\n\r\n"),
        chunks("chunk extension with bare CR", "3;a\rb\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size with a letter behind it", "3g\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size with trailing space", "3 \r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size with plus", "+3\r\nabc\r\n0\r\n\r\n"),
        chunks("second chunk size misspelt", "3\r\nabc\r\nx\r\n\r\n"),
        chunks("last chunk misspelt", "3\r\nabc\r\nO\r\n\r\n"),
        chunks("chunk shorter than it says", "4\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk longer than it says", "2\r\nabc\r\n0\r\n\r\n"),
        chunks("end with bare LF", "0\r\n\n"),
        chunks("trailer without a colon", "0\r\nx\r\n\r\n"),
        chunks("trailer with bare LF", "0\r\nx: y\n\r\n"),
        chunks("extensions without end", "3;" + "a".repeat(10_000) + "\r\nabc\r\n0\r\n\r\n"));
  }

  static Stream<Case> malformedHeads() {
    return Stream.of(
        get("leading space", " GET /ok HTTP/1.1\r\nHost: a\r\n"),
        get("bare LF in the head", "GET /ok HTTP/1.1\nHost: a\n"),
        get("bare LF at a header", "GET /ok HTTP/1.1\r\nHost: a\nX: b\r\n"),
        get("bare CR at a header", "GET /ok HTTP/1.1\r\nHost: a\rX: b\r\n"),
        get("fold before the first header", "GET /ok HTTP/1.1\r\n Host: a\r\n"),
        get("no colon", "GET /ok HTTP/1.1\r\nHost: a\r\nNonsense\r\n"),
        get("empty header name", "GET /ok HTTP/1.1\r\nHost: a\r\n: b\r\n"),
        get("space in a header name", "GET /ok HTTP/1.1\r\nHost: a\r\nX Y: b\r\n"),
        get("NUL in a header name", "GET /ok HTTP/1.1\r\nHost: a\r\nX\0Y: b\r\n"),
        get("NUL in a header value", "GET /ok HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n"),
        get("slash in a header name", "GET /ok HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n"),
        get("Latin-1 in a header name", "GET /ok HTTP/1.1\r\nHost: a\r\nX\u00e9: b\r\n"),
        get("absolute URI of another host", "GET http://b/ok HTTP/1.1\r\nHost: a\r\n"),
        get("no host", "GET /ok HTTP/1.1\r\n"),
        get("two hosts", "GET /ok HTTP/1.1\r\nHost: a\r\nHost: b\r\n"),
        get("method with garbage", "G{T /ok HTTP/1.1\r\nHost: a\r\n"),
        get("no method", "/ok HTTP/1.1\r\nHost: a\r\n"),
        get("no version", "GET /ok\r\nHost: a\r\n"),
        get("version 2", "GET /ok HTTP/2.0\r\nHost: a\r\n"),
        get("version in lower case", "GET /ok http/1.1\r\nHost: a\r\n"),
        get("space in the path", "GET /ok /smuggled HTTP/1.1\r\nHost: a\r\n"),
        get("NUL in the path", "GET /o\0k HTTP/1.1\r\nHost: a\r\n"),
        get("TLS hello", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003"));
  }

  static Stream<Case> wellDelimited() {
    return Stream.of(
        get("obs-fold", "GET /ok HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n"),
        get("obs-fold with tab", "GET /ok HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n"),
        get("later minor version", "GET /ok HTTP/1.2\r\nHost: a\r\n"),
        get("absolute URI", "GET http://a/ok HTTP/1.1\r\nHost: a\r\n"));
  }

  static Stream<Case> foldedLengths() {
    return Stream.of(
        post("CL in two lines", "Content-Length: 0\r\n 40\r\n", INNER),
        post("TE in two lines", "Transfer-Encoding: chunked\r\n x\r\n", "0\r\n\r\n" + INNER),
        post("CL behind a fold", "X: b\r\n Content-Length: 4\r\nContent-Length: z\r\n", INNER));
  }

  @ParameterizedTest
  @MethodSource({"ambiguousLengths", "malformedHeads"})
  void refusesAndCloses(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      String all = raw.send(one.request()).readToEnd();

      assertThat(smuggled).as("runs of the hidden request; the answer was: " + all).hasValue(0);
      assertThat(all.split("HTTP/[0-9]\\.[0-9] [0-9]{3} ", -1)).as(all).hasSizeLessThanOrEqualTo(2);
      assertThat(all).matches("(?s)HTTP/[01]\\.[019] 400 .*");
    }
  }

  /** A body that is not what its client meant must not be stored, and nothing behind it is run. */
  @ParameterizedTest
  @MethodSource("oddChunks")
  void refusesOddChunks(Case one) throws Exception {
    refusesAndCloses(one);
  }

  /** Each of them is one body of three bytes. */
  @ParameterizedTest
  @MethodSource("fineChunks")
  void readsChunks(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      String all = raw.send(one.request()).readToEnd();

      assertThat(all).startsWith("HTTP/1.1 200").contains("\"read\":3");
      assertThat(all).containsIgnoringCase("Connection: close");
      assertThat(smuggled).hasValue(0);
    }
  }

  /** However they arrive. */
  @ParameterizedTest
  @MethodSource("fineChunks")
  void readsChunksByteByByte(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      for (byte next : one.request().replace(INNER, "").getBytes(StandardCharsets.ISO_8859_1)) {
        raw.send(new String(new byte[] {next}, StandardCharsets.ISO_8859_1));
      }

      assertThat(raw.readToEnd()).startsWith("HTTP/1.1 200").contains("\"read\":3");
    }
  }

  static Stream<Case> fineChunks() {
    return Stream.of(
        chunks("one chunk", "3\r\nabc\r\n0\r\n\r\n"),
        chunks("three chunks", "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"),
        chunks("line breaks within a chunk", "3\r\n\r\n0\r\n0\r\n\r\n"),
        chunks("leading zeros", "0003\r\nabc\r\n000\r\n\r\n"),
        chunks("an extension", "3;a=\"b\"\r\nabc\r\n0;c\r\n\r\n"),
        chunks("white space before an extension", "3 ;a\r\nabc\r\n0\t;c\r\n\r\n"),
        chunks("trailers", "3\r\nabc\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n"));
  }

  static Stream<Case> otherVersions() {
    return Stream.of(
        get("version 9.9", "GET /ok HTTP/9.9\r\nHost: a\r\n"),
        get("version 3.0", "GET /ok HTTP/3.0\r\nHost: a\r\n"),
        get("version 0.9", "GET /ok HTTP/0.9\r\nHost: a\r\n"));
  }

  @ParameterizedTest
  @MethodSource("otherVersions")
  void refusesOtherVersions(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      String all = raw.send(one.request()).readToEnd();

      assertThat(all).matches("(?s)HTTP/[01]\\.[19] 505 .*").contains("VERSION_UNKNOWN");
      assertThat(all.split("HTTP/[0-9]\\.[0-9] [0-9]{3} ", -1)).as(all).hasSize(2);
      assertThat(smuggled).hasValue(0);
    }
  }

  static Stream<Case> before() {
    return Stream.of(
        get("nothing", "GET /ok HTTP/1.1\r\nHost: a\r\n"),
        post("a body", "Content-Length: 5\r\n", "a\r\nbc"),
        get("a minor version of later", "GET /ok HTTP/1.7\r\nHost: a\r\n"));
  }

  /** On whichever request of a connection, and whether it comes early or late. */
  @ParameterizedTest
  @MethodSource("before")
  void refusesAnotherVersionBehindOtherRequests(Case one) throws Exception {
    String first = one.request().replace(INNER, "");
    String other = "GET /ok HTTP/9.9\r\nHost: a\r\n\r\n";
    try (RawClient raw = new RawClient(port)) {
      raw.send(first);
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      raw.send(first + first + other);
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      assertThat(raw.readToEnd()).startsWith("HTTP/1.1 505");
    }
  }

  /**
   * Allowed by RFC 9112, and both sides agree where each request ends: a folded value is joined
   * with spaces (§5.2), and an absolute URI names the host that Host names (§3.2.2). A later minor
   * version is answered in ours (RFC 9110 §2.5).
   */
  @ParameterizedTest
  @MethodSource("wellDelimited")
  void answersBothOfTwoRequests(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      raw.send(one.request());

      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      assertThat(raw.readResponse()).startsWith("HTTP/1.1 200");
      assertThat(smuggled).as("the second request stands in the open").hasValue(1);
    }
  }

  static Stream<Case> bodiesOfGet() {
    return Stream.of(
        get("GET with a body", "GET /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n"),
        get("HEAD with a body", "HEAD /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n"),
        get("OPTIONS with a body", "OPTIONS /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n"),
        get("DELETE with a body", "DELETE /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n"),
        get(
            "GET with chunks",
            "GET /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n"));
  }

  /** A body has no meaning there, and is a body all the same. */
  @ParameterizedTest
  @MethodSource("bodiesOfGet")
  void runsNothingWithinABody(Case one) throws Exception {
    try (RawClient raw = new RawClient(port)) {
      String all = raw.send(one.request()).readToEnd();

      assertThat(smuggled).as("runs of the hidden request; the answer was: " + all).hasValue(0);
      assertThat(all.split("HTTP/[0-9]\\.[0-9] [0-9]{3} ", -1)).as(all).hasSize(2);
    }
  }

  /** A length that is hidden in a fold is no length. */
  @ParameterizedTest
  @MethodSource("foldedLengths")
  void refusesALengthInAFold(Case one) throws Exception {
    refusesAndCloses(one);
  }
}
