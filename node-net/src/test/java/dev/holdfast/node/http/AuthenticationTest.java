// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.port.PortSockets;
import dev.holdfast.node.principal.Principal;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who asks is found out once, and comes with each request and each WebSocket. */
final class AuthenticationTest {
  private static final String HEADER = "X-Token";
  private static final String HEAD = "Host: localhost\r\nConnection: close\r\n";

  private final HttpServer server =
      new HttpServer(
          new HttpServer.Settings("127.0.0.1", 0, HostNames.ANY, HttpLimits.DEFAULT),
          PortSockets.plain(),
          AuthenticationTest::identify,
          RequestMetrics.NONE,
          new SplittableRandom(1),
          System::nanoTime);
  private int port;

  private static Principal identify(Exchange request) {
    String token = request.header(HEADER).orElse("");
    if (token.equals("forged")) {
      throw new ProblemException(401, "BAD_TOKEN", "This token is forged", "Use another");
    }
    return token.isEmpty() ? Principal.ANONYMOUS : new Principal.Client(token, Set.of("locks"));
  }

  @BeforeEach
  void start() throws IOException {
    server
        .router()
        .add(
            TestOperation.of("GET", "/who"),
            exchange -> exchange.respond(200, exchange.principal().name()));
    server.webSocket(
        new SocketDoor(
            TestOperation.of("GET", "/socket"),
            List.of("a"),
            SocketMemory.standard(),
            Greeting::new),
        request -> {
          if (request.principal().name().equals("banned")) {
            throw new ProblemException(403, "BANNED", "Not you", "Ask an operator");
          }
        });
    port = server.start().getPort();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aRouteSeesWhoAsks() throws IOException {
    assertThat(get("X-Token: t1\r\n")).startsWith("HTTP/1.1 200").endsWith("\"t1\"");
    assertThat(get("")).startsWith("HTTP/1.1 200").endsWith("\"anonymous\"");
  }

  @Test
  void whatDoesNotHoldReachesNoRoute() throws IOException {
    assertThat(get("X-Token: forged\r\n")).startsWith("HTTP/1.1 401").contains("BAD_TOKEN");
  }

  @Test
  void aWebSocketBelongsToWhoeverOpenedIt() throws IOException {
    try (RawWebSocket socket = new RawWebSocket(port, upgrade("t2"))) {
      assertThat(socket.read().text()).isEqualTo("welcome t2");
    }
  }

  @Test
  void admissionDecidesByWhoAsks() throws IOException {
    try (RawWebSocket socket = new RawWebSocket(port, upgrade("banned"))) {
      assertThat(socket.handshake()).startsWith("HTTP/1.1 403");
    }
  }

  private static String upgrade(String token) {
    return RawWebSocket.headers("Sec-WebSocket-Protocol: a\r\n" + HEADER + ": " + token + "\r\n");
  }

  private String get(String header) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client.send("GET /who HTTP/1.1\r\n" + HEAD + header + "\r\n").readToEnd();
    }
  }

  private record Greeting(WebSocketChannelHandle channel) implements WebSocketSession {
    Greeting {
      channel.sendText("welcome " + channel.principal().name());
    }

    @Override
    public void onText(String text) {}

    @Override
    public void onBinary(byte[] bytes) {}

    @Override
    public void onClose(int code, String reason) {}
  }
}
