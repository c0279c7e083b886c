// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.http.HostNames;
import dev.holdfast.node.http.HttpLimits;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.RawClient;
import dev.holdfast.node.http.RequestMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RFC 9110 for the object routes, a row a sentence, through a socket: no fake between the routes
 * and what a client sees. {@code k} has ten bytes and the tag {@code TAG}; {@code empty} has none.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ObjectHttpTest {
  private static final String PAST = "Sun, 06 Nov 1994 08:49:37 GMT";
  private static final String FUTURE = "Fri, 06 Nov 2071 08:49:37 GMT";

  private final HttpServer server =
      new HttpServer(
          new HttpServer.Settings(
              "127.0.0.1", 0, HostNames.of("127.0.0.1", Set.of()), HttpLimits.DEFAULT),
          RequestMetrics.NONE,
          new SplittableRandom(1),
          System::nanoTime);

  @SuppressWarnings("NullAway.Init")
  private ObjectCluster cluster;

  private int port;
  private String tag = "";

  /**
   * @param section of RFC 9110
   * @param head request line and headers; {@code TAG} stands for the tag of {@code k}
   * @param status of the answer
   * @param answer patterns that its head or body has; one that begins with {@code !} it has not
   */
  record Row(String section, String head, String body, int status, List<String> answer) {
    @Override
    public String toString() {
      return "§" + section + " " + head.replace("\r\n", " | ") + " → " + status;
    }
  }

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    cluster = new ObjectCluster(folder, 1);
    cluster.node("n1").routes().register(server.router());
    port = server.start().getPort();
    for (String key : List.of("k", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9")) {
      String answer = send("PUT /v1/objects/" + key + "\r\nContent-Type: text/html", "0123456789");
      if (key.equals("k")) {
        tag = answer.replaceFirst("(?s).*ETag: (\"[^\"]+\").*", "$1");
      }
    }
    send("PUT /v1/objects/empty", "");
  }

  /** The refused writes wrote nothing. */
  @AfterAll
  void stop() throws IOException {
    try (ObjectCluster _ = cluster;
        server) {
      assertThat(send("GET /v1/objects/k", "")).contains(tag).endsWith("0123456789");
      assertThat(send("HEAD /v1/objects/none", "")).startsWith("HTTP/1.1 404");
    }
  }

  private static Row row(String section, String head, int status, String... answer) {
    return new Row(section, head, "", status, List.of(answer));
  }

  private static Row put(String section, String head, int status, String... answer) {
    return new Row(section, "PUT " + head, "new", status, List.of(answer));
  }

  static Stream<Row> fields() {
    return Stream.of(
        put("5.3", "/v1/objects/w1\r\nIf-None-Match: \"x\"\r\nIf-None-Match: *", 400, "BAD_HEADER"),
        put("5.3", "/v1/objects/k\r\nIf-None-Match: \"x\"\r\nIf-None-Match: TAG", 412),
        put("5.3", "/v1/objects/w1\r\nIf-Match: \"x\"\r\nIf-Match: \"y\"", 412),
        row("5.3", "GET /v1/objects/k\r\nIf-None-Match: \"x\"\r\nIf-None-Match: TAG", 304),
        row("5.3", "GET /v1/objects/k\r\nRange: bytes=0-1\r\nRange: bytes=2-3", 400, "BAD_HEADER"),
        put("5.3", "/v1/objects/w1\r\nHoldfast-Meta-A: 1\r\nHoldfast-Meta-A: 2", 400, "BAD_HEADER"),
        row("5.6.1", "GET /v1/objects/k\r\nIf-None-Match: , \"x\" ,, TAG ,", 304),
        row("5.6.7", "GET /v1/objects/k\r\nIf-Modified-Since: " + FUTURE, 304),
        row("5.6.7", "GET /v1/objects/k\r\nIf-Modified-Since: Friday, 06-Nov-71 08:49:37 GMT", 304),
        row("5.6.7", "GET /v1/objects/k\r\nIf-Modified-Since: Fri Nov  6 08:49:37 2071", 304),
        row("5.6.7", "GET /v1/objects/k\r\nIf-Modified-Since: tomorrow", 200));
  }

  static Stream<Row> representations() {
    return Stream.of(
        row("8.6", "HEAD /v1/objects/k", 200, "Content-Length: 10", "!0123456789"),
        row("8.6", "HEAD /v1/objects/empty", 200, "Content-Length: 0"),
        row("8.6", "GET /v1/objects/k", 200, "Content-Length: 10", "0123456789"),
        row("8.6", "GET /v1/objects/k\r\nContent-Length: 9223372036854775808", 400),
        row("8.6", "HEAD /v1/objects/k\r\nContent-Length: 9223372036854775808", 400),
        row("8.6", "DELETE /v1/objects/w1\r\nContent-Length: 9223372036854775808", 400),
        row("8.6", "OPTIONS *\r\nContent-Length: 18446744073709551616", 400),
        put("8.6", "/v1/objects/w1\r\nContent-Length: 9223372036854775808", 400),
        put("8.6", "/v1/objects/w1\r\nContent-Length: 99999999999999999999999", 400),
        put("8.6", "/v1/objects/w1\r\nContent-Length: 999999999999999999", 413, "TOO_LARGE"),
        row(
            "8.8.2",
            "GET /v1/objects/k",
            200,
            "Last-Modified: \\w{3}, \\d\\d \\w{3} \\d{4} .* GMT"),
        row("8.8.3", "GET /v1/objects/k", 200, "ETag: \"[0-9a-f]+\""),
        row("6.6.1", "GET /v1/objects/k", 200, "Date: \\w{3}, \\d\\d \\w{3} \\d{4} .* GMT"),
        row("6.6.1", "GET /v1/objects/none", 404, "Date: "),
        put("8.4", "/v1/objects/c1\r\nContent-Encoding: GZIP", 201),
        row("8.4", "GET /v1/objects/c1", 200, "Content-Encoding: gzip", "new"),
        row("8.4", "HEAD /v1/objects/c1", 200, "Content-Encoding: gzip", "Content-Length: 3"),
        row("8.4", "GET /v1/objects?prefix=c1", 200, "!content-encoding"),
        put("8.4", "/v1/objects/c2\r\nContent-Encoding: a\r\nContent-Encoding: b", 201),
        row("8.4", "GET /v1/objects/c2\r\nAccept-Encoding: gzip", 200, "Content-Encoding: a, b"),
        put("8.4", "/v1/objects/c3\r\nContent-Encoding: identity", 201),
        row("8.4", "GET /v1/objects/c3", 200, "!Content-Encoding"),
        put("8.4", "/v1/objects/c4\r\nContent-Encoding: g zip", 400, "BAD_HEADER"),
        put("8.3", "/v1/objects/w1\r\nContent-Type: text/\u00e9", 400, "BAD_HEADER"),
        row(
            "12.5.3",
            "GET /v1/objects/k\r\nAccept-Encoding: identity;q=0",
            200,
            "!Content-Encoding"),
        row(
            "8.3",
            "GET /v1/objects/k",
            200,
            "Content-Type: text/html",
            "X-Content-Type-Options: nosniff",
            "Content-Security-Policy: default-src 'none'; sandbox"));
  }

  static Stream<Row> methods() {
    return Stream.of(
        row("9.1", "BREW /v1/objects/k", 501, "METHOD_UNKNOWN"),
        row("9.1", "PATCH /v1/objects/k", 501, "METHOD_UNKNOWN"),
        row("9.3.8", "TRACE /v1/objects/k", 501, "METHOD_UNKNOWN"),
        row("9.3.6", "CONNECT 127.0.0.1:1", 501, "METHOD_UNKNOWN"),
        row("15.5.6", "POST /v1/objects/k", 405, "Allow: DELETE, GET, HEAD, OPTIONS, PUT"),
        row("9.3.7", "OPTIONS /v1/objects/k", 204, "Allow: DELETE, GET, HEAD, OPTIONS, PUT"),
        row("9.3.7", "OPTIONS *", 204, "Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT"),
        row("9.3.7", "OPTIONS /nowhere", 404, "NO_ROUTE"),
        row("query", "GET /v1/objects/k?what=1", 400, "BAD_QUERY", "versions"),
        row("query", "DELETE /v1/objects/k?versions", 400, "BAD_QUERY"),
        row("9.3.2", "HEAD /v1/objects", 200, "Content-Length: \\d\\d", "!prefixes"),
        row("9.3.2", "HEAD /v1/objects/none", 404, "!NOT_FOUND"),
        row("9.3.5", "DELETE /v1/objects/none", 404, "NOT_FOUND"),
        row("9.3.5", "DELETE /v1/objects/w9", 200),
        put("9.3.4", "/v1/objects/new", 201, "ETag: "),
        put("9.3.4", "/v1/objects/new", 200, "ETag: "),
        put("10.1.1", "/v1/objects/w1\r\nExpect: a-pony", 417, "EXPECTATION_FAILED"),
        put("10.1.1", "/v1/objects/w8\r\nExpect: 100-continue", 100, "HTTP/1.1 200 OK"));
  }

  static Stream<Row> conditions() {
    return Stream.of(
        put("13.1.1", "/v1/objects/w2\r\nIf-Match: *", 200),
        put("13.1.1", "/v1/objects/none\r\nIf-Match: *", 412, "PRECONDITION_FAILED"),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: W/TAG", 412),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: TAGx", 400, "BAD_HEADER"),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: \"a,b\", \"c\"", 412),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: \"*\"", 412),
        put("13.1.1", "/v1/objects/k\r\nIf-Match:", 400, "BAD_HEADER"),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: unquoted", 400, "BAD_HEADER"),
        put("13.1.1", "/v1/objects/k\r\nIf-Match: *, TAG", 400, "BAD_HEADER"),
        row("13.1.1", "GET /v1/objects/k\r\nIf-Match: TAG", 200),
        row("13.1.1", "GET /v1/objects/k\r\nIf-Match: W/TAG", 412),
        row("13.1.1", "HEAD /v1/objects/k\r\nIf-Match: \"x\"", 412),
        put("13.1.2", "/v1/objects/k\r\nIf-None-Match: *", 412),
        put("13.1.2", "/v1/objects/n1\r\nIf-None-Match: *", 201),
        put("13.1.2", "/v1/objects/k\r\nIf-None-Match: W/TAG", 412),
        row("13.1.2", "GET /v1/objects/k\r\nIf-None-Match: *", 304),
        row("13.1.2", "GET /v1/objects/k\r\nIf-None-Match: W/TAG", 304),
        row("13.1.2", "HEAD /v1/objects/k\r\nIf-None-Match: TAG", 304),
        row("13.1.3", "GET /v1/objects/k\r\nIf-Modified-Since: " + PAST, 200),
        put("13.1.3", "/v1/objects/w3\r\nIf-Modified-Since: " + FUTURE, 200),
        put("13.1.4", "/v1/objects/w4\r\nIf-Unmodified-Since: " + PAST, 412),
        put("13.1.4", "/v1/objects/w4\r\nIf-Unmodified-Since: " + FUTURE, 200),
        put("13.1.4", "/v1/objects/n2\r\nIf-Unmodified-Since: " + PAST, 201),
        row("13.1.4", "DELETE /v1/objects/w5\r\nIf-Unmodified-Since: " + PAST, 412),
        row("13.1.4", "GET /v1/objects/k\r\nIf-Unmodified-Since: " + PAST, 412),
        row("13.2.1", "DELETE /v1/objects/none\r\nIf-Match: \"x\"", 404),
        row("13.2.1", "GET /v1/objects/none\r\nIf-None-Match: *", 404),
        put("13.2.2", "/v1/objects/w6\r\nIf-Match: *\r\nIf-Unmodified-Since: " + PAST, 200),
        row("13.2.2", "GET /v1/objects/k\r\nIf-Match: \"x\"\r\nIf-None-Match: TAG", 412),
        row("13.2.2", "GET /v1/objects/k\r\nIf-Match: TAG\r\nIf-None-Match: TAG", 304),
        row(
            "13.2.2",
            "GET /v1/objects/k\r\nIf-None-Match: \"x\"\r\nIf-Modified-Since: " + FUTURE,
            200),
        row("13.2.2", "GET /v1/objects/k\r\nIf-None-Match: TAG\r\nRange: bytes=99-", 304),
        row(
            "15.4.5",
            "GET /v1/objects/k\r\nIf-None-Match: TAG",
            304,
            "ETag: TAG",
            "Cache-Control: no-cache",
            "Date: ",
            "!\r\nContent-Type",
            "!Transfer-Encoding",
            "!Last-Modified"));
  }

  static Stream<Row> ranges() {
    return Stream.of(
        row("14.2", "GET /v1/objects/k\r\nRange: bytes=2-4", 206, "bytes 2-4/10", "\r\n\r\n234$"),
        row("14.2", "GET /v1/objects/k\r\nRange: BYTES=2-4", 206, "bytes 2-4/10"),
        row("14.2", "HEAD /v1/objects/k\r\nRange: bytes=2-4", 200, "Content-Length: 10"),
        put("14.2", "/v1/objects/w7\r\nRange: bytes=2-4", 200),
        row("14.1.2", "GET /v1/objects/k\r\nRange: bytes=-3", 206, "bytes 7-9/10", "789$"),
        row("14.1.2", "GET /v1/objects/k\r\nRange: bytes=-99", 206, "bytes 0-9/10"),
        row("14.1.2", "GET /v1/objects/k\r\nRange: bytes=8-99", 206, "bytes 8-9/10"),
        row("14.1.2", "GET /v1/objects/k\r\nRange: bytes=,8-,", 206, "bytes 8-9/10"),
        row("14.1.2", "GET /v1/objects/empty\r\nRange: bytes=-5", 200, "Content-Length: 0"),
        row("15.5.17", "GET /v1/objects/k\r\nRange: bytes=10-", 416, "Content-Range: bytes \\*/10"),
        row("15.5.17", "GET /v1/objects/k\r\nRange: bytes=-0", 416, "Content-Range: bytes \\*/10"),
        row("15.5.17", "GET /v1/objects/empty\r\nRange: bytes=0-", 416, "bytes \\*/0"),
        row("14.2", "GET /v1/objects/k\r\nRange: bytes=4-2", 200, "!Content-Range"),
        row("14.2", "GET /v1/objects/k\r\nRange: lines=1-2", 200, "!Content-Range"),
        row("14.2", "GET /v1/objects/k\r\nRange: bytes=0-1,4-5", 200, "!Content-Range"),
        row("14.3", "GET /v1/objects/k", 200, "Accept-Ranges: bytes"),
        row("13.1.5", "GET /v1/objects/k\r\nRange: bytes=0-1\r\nIf-Range: TAG", 206),
        row("13.1.5", "GET /v1/objects/k\r\nRange: bytes=0-1\r\nIf-Range: W/TAG", 200),
        row("13.1.5", "GET /v1/objects/k\r\nRange: bytes=0-1\r\nIf-Range: \"x\"", 200),
        row("13.1.5", "GET /v1/objects/k\r\nRange: bytes=99-\r\nIf-Range: \"x\"", 200),
        row("13.1.5", "GET /v1/objects/k\r\nRange: bytes=0-1\r\nIf-Range: " + FUTURE, 200),
        put("14.5", "/v1/objects/k\r\nContent-Range: bytes 0-2/10", 400, "BAD_HEADER"),
        put("14.5", "/v1/objects/none\r\nContent-Range: bytes 0-2/*", 400, "BAD_HEADER"),
        row(
            "15.3.7",
            "GET /v1/objects/k\r\nRange: bytes=0-1",
            206,
            "ETag: TAG",
            "Date: ",
            "no-cache"));
  }

  static Stream<Row> strangers() {
    return Stream.of(
        row("7.2", "GET /v1/objects/k\r\nHost: evil.example", 421, "WRONG_HOST"),
        row("7.2", "GET /v1/objects/k\r\nHost: 127.0.0.1.evil.example:80", 421),
        row("7.2", "GET /v1/objects/k\r\nHost: localhost", 200),
        row("7.2", "GET /v1/objects/k\r\nHost: LOCALHOST.:7600", 200),
        row("7.2", "GET /v1/objects/k\r\nHost: [::1]:7600", 200),
        put("CSRF", "/v1/objects/w1\r\nOrigin: http://evil.example", 403, "FOREIGN_ORIGIN"),
        put("CSRF", "/v1/objects/w1\r\nOrigin: null", 403, "FOREIGN_ORIGIN"),
        put("CSRF", "/v1/objects/w1\r\nHost: localhost:1\r\nOrigin: http://localhost:2", 403),
        put("CSRF", "/v1/objects/w1\r\nHost: localhost:1\r\nOrigin: http://localhost:1", 200),
        row("CSRF", "OPTIONS /v1/objects/k\r\nOrigin: http://evil.example", 403));
  }

  @ParameterizedTest
  @MethodSource({"fields", "representations", "methods", "conditions", "ranges", "strangers"})
  void answers(Row row) throws IOException {
    String answer = send(row.head().replace("TAG", tag), row.body());

    assertThat(answer).startsWith("HTTP/1.1 " + row.status() + " ");
    for (String expected : row.answer()) {
      boolean absent = expected.startsWith("!");
      Pattern pattern =
          Pattern.compile(
              expected.substring(absent ? 1 : 0).replace("TAG", Pattern.quote(tag)),
              Pattern.CASE_INSENSITIVE);
      assertThat(pattern.matcher(answer).find())
          .as(expected + " in " + answer)
          .isNotEqualTo(absent);
    }
  }

  private String send(String head, String body) throws IOException {
    int end = (head + "\r\n").indexOf("\r\n");
    String fields = head.substring(end).toLowerCase(Locale.ROOT);
    StringBuilder request = new StringBuilder(head.substring(0, end)).append(" HTTP/1.1");
    request.append(head.substring(end)).append("\r\n");
    if (!fields.contains("\r\nhost:")) {
      request.append("Host: 127.0.0.1\r\n");
    }
    if (!fields.contains("\r\ncontent-length:") && head.startsWith("PUT")) {
      request.append("Content-Length: ").append(body.length()).append("\r\n");
    }
    try (RawClient raw = new RawClient(port)) {
      return raw.send(request + "Connection: close\r\n\r\n" + body).readToEnd();
    }
  }
}
