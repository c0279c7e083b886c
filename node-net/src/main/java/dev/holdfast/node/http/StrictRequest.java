package dev.holdfast.node.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Protocols;

/**
 * What Undertow 2.4.4 lets pass although a proxy in front may read it otherwise, so that the two
 * disagree where the next request begins (RFC 9112 §6.3, §11.2).
 */
final class StrictRequest {
  private StrictRequest() {}

  /**
   * Refuses the request, or makes sure that nothing after it is taken for another one.
   *
   * @throws ProblemException 400; the connection ends with it
   */
  static void check(HttpServerExchange exchange) {
    HttpString version = exchange.getProtocol();
    if (!version.equals(Protocols.HTTP_1_1) && !version.equals(Protocols.HTTP_1_0)) {
      throw refused(exchange, version + " is not spoken here", "Use HTTP/1.1");
    }
    HeaderValues coding = exchange.getRequestHeaders().get(Headers.TRANSFER_ENCODING);
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
    // Undertow reads an empty or misspelt chunk size as 0, and takes bare line feeds. So a chunked
    // request is the last one of its connection.
    exchange.setPersistent(false);
  }

  private static ProblemException refused(HttpServerExchange exchange, String why, String next) {
    exchange.setPersistent(false);
    return new ProblemException(400, "BAD_REQUEST", why, next);
  }
}
