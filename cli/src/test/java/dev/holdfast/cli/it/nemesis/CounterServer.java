// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * A {@link GuardedCounter} for other processes: {@code /TOKEN} reads, {@code /TOKEN/NUMBER} writes.
 */
final class CounterServer implements AutoCloseable {
  private final GuardedCounter counter;
  private final HttpServer server;

  CounterServer(GuardedCounter counter) throws IOException {
    this.counter = counter;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/", -1);
    long token = Long.parseLong(path[1]);
    String answer;
    if (path.length == 2) {
      OptionalLong number = counter.read(token);
      answer = number.isPresent() ? Long.toString(number.getAsLong()) : "refused";
    } else {
      answer = counter.write(token, Long.parseLong(path[2])) ? "written" : "refused";
    }
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
