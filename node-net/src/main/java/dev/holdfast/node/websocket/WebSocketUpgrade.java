// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Protocols;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.xnio.StreamConnection;

/** The opening handshake (RFC 6455 §4.2), the server's side of it. */
public final class WebSocketUpgrade {
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final HttpString KEY = new HttpString("Sec-WebSocket-Key");
  private static final HttpString VERSION = new HttpString("Sec-WebSocket-Version");
  private static final HttpString PROTOCOL = new HttpString("Sec-WebSocket-Protocol");
  private static final HttpString ACCEPT = new HttpString("Sec-WebSocket-Accept");

  private WebSocketUpgrade() {}

  public static boolean isRequested(HttpServerExchange exchange) {
    return "websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Upgrade"));
  }

  /** What is wrong with the request, if anything, apart from its version. */
  public static Optional<String> fault(HttpServerExchange exchange) {
    HeaderMap headers = exchange.getRequestHeaders();
    if (!exchange.getRequestMethod().equalToString("GET")) {
      return Optional.of("A WebSocket is opened with GET");
    }
    if (!exchange.getProtocol().equals(Protocols.HTTP_1_1)) {
      return Optional.of("A WebSocket is opened with HTTP/1.1"); // RFC 9110 §7.8
    }
    if (!Objects.requireNonNullElse(headers.getFirst("Content-Length"), "0").equals("0")
        || headers.contains("Transfer-Encoding")) {
      return Optional.of("A WebSocket is opened without a body");
    }
    String connection = headers.getFirst("Connection");
    if (connection == null || !tokens(connection.toLowerCase(Locale.ROOT)).contains("upgrade")) {
      return Optional.of("The header Connection does not say Upgrade");
    }
    if (headers.count(KEY) > 1) {
      return Optional.of("Sec-WebSocket-Key comes once");
    }
    String key = headers.getFirst(KEY);
    try {
      if (key == null || Base64.getDecoder().decode(key).length != 16) {
        return Optional.of("Sec-WebSocket-Key must be 16 bytes in Base64");
      }
    } catch (IllegalArgumentException e) {
      return Optional.of("Sec-WebSocket-Key is not Base64: " + e.getMessage());
    }
    return Optional.empty();
  }

  public static boolean isVersion13(HttpServerExchange exchange) {
    return "13".equals(exchange.getRequestHeaders().getFirst(VERSION));
  }

  /** What an answer 426 must say (RFC 9110 §15.5.22, RFC 6455 §4.4). */
  public static void demand(HttpServerExchange exchange) {
    exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
    exchange.getResponseHeaders().put(Headers.CONNECTION, "Upgrade");
    exchange.getResponseHeaders().put(VERSION, "13");
  }

  /** The subprotocols that the client offers, in its order. */
  public static List<String> offered(HttpServerExchange exchange) {
    List<String> values = exchange.getRequestHeaders().get(PROTOCOL);
    return values == null ? List.of() : values.stream().flatMap(v -> tokens(v).stream()).toList();
  }

  /** Answers 101 and hands the raw connection over, on an I/O thread or this one. */
  public static void accept(
      HttpServerExchange exchange, String subprotocol, Consumer<StreamConnection> opened) {
    String key = exchange.getRequestHeaders().getFirst(KEY);
    exchange.getResponseHeaders().put(ACCEPT, acceptance(key));
    exchange.getResponseHeaders().put(PROTOCOL, subprotocol);
    exchange.upgradeChannel("websocket", (connection, _) -> opened.accept(connection));
    exchange.endExchange();
  }

  static String acceptance(String key) {
    try {
      byte[] text = (key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-1", e);
    }
  }

  private static List<String> tokens(String list) {
    return Arrays.stream(list.split(",")).map(String::trim).filter(t -> !t.isEmpty()).toList();
  }
}
