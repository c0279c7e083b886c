// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Protocols;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Undertow 2.4.4 lets pass although a proxy in front may read it otherwise, so that the two
 * disagree where the next request begins (RFC 9112 §6.3, §11.2).
 */
final class StrictRequest {
  /** No body is that long, and no limit lets it pass. */
  private static final long BEYOND = Long.MAX_VALUE;

  private static final Pattern VERSION = Pattern.compile("HTTP/[0-9]\\.[0-9]");

  private StrictRequest() {}

  /**
   * Refuses the request, or makes sure that nothing after it is taken for another one.
   *
   * @throws ProblemException 400 or 505; the connection ends with it
   */
  static void check(HttpServerExchange exchange) {
    checkVersion(exchange);
    HttpString version = exchange.getProtocol();
    if (!version.equals(Protocols.HTTP_1_1) && !version.equals(Protocols.HTTP_1_0)) {
      throw refused(exchange, version + " is not spoken here", "Use HTTP/1.1");
    }
    HeaderMap headers = exchange.getRequestHeaders();
    if (contentLength(exchange) == BEYOND) {
      throw refused(
          exchange,
          "Content-Length " + headers.getFirst(Headers.CONTENT_LENGTH) + " is no length",
          "Send the number of bytes that follow");
    }
    checkMeaning(headers);
    checkCoding(exchange, version, headers.get(Headers.TRANSFER_ENCODING));
  }

  /**
   * As it was sent. One of another major version has another meaning; a greater minor one of ours
   * has not (RFC 9110 §2.5).
   */
  private static void checkVersion(HttpServerExchange exchange) {
    String version = RequestLineWatch.version(exchange).orElse("HTTP/1.1");
    if (!VERSION.matcher(version).matches()) {
      throw refused(exchange, "The request line ends with no version", "Use HTTP/1.1");
    }
    if (!version.startsWith("HTTP/1.")) {
      exchange.setPersistent(false);
      throw new ProblemException(
          505, "VERSION_UNKNOWN", version + " is not spoken here", "Use HTTP/1.1");
    }
  }

  /**
   * @return -1 for none, {@link #BEYOND} for what is no length
   */
  static long contentLength(HttpServerExchange exchange) {
    String text = exchange.getRequestHeaders().getFirst(Headers.CONTENT_LENGTH);
    if (text == null) {
      return -1;
    }
    try {
      long length = Long.parseLong(text);
      return length < 0 ? BEYOND : length;
    } catch (NumberFormatException e) {
      return BEYOND;
    }
  }

  /** A part in the place of the whole would overwrite it (RFC 9110 §14.5). */
  private static void checkMeaning(HeaderMap headers) {
    if (headers.contains(Headers.CONTENT_RANGE)) {
      throw Problems.badHeader(
          "Content-Range is not understood in a request: nothing is written in parts");
    }
    String expect = headers.getFirst(Headers.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      throw Problems.expectationFailed(expect);
    }
  }

  private static void checkCoding(
      HttpServerExchange exchange, HttpString version, @Nullable HeaderValues coding) {
    if (coding == null) {
      return;
    }
    // Undertow takes any other coding for an empty body, and what follows for a request.
    if (!coding.getFirst().equalsIgnoreCase("chunked") || !version.equals(Protocols.HTTP_1_1)) {
      throw refused(
          exchange,
          "Transfer-Encoding " + coding.getFirst() + " is not understood in " + version,
          "Send a Content-Length, or chunked in HTTP/1.1");
    }
    // What follows the last chunk is lost, and a proxy may see its end elsewhere.
    exchange.setPersistent(false);
    ChunkedBody.replace(exchange);
  }

  private static ProblemException refused(HttpServerExchange exchange, String why, String next) {
    exchange.setPersistent(false);
    return new ProblemException(400, "BAD_REQUEST", why, next);
  }
}
