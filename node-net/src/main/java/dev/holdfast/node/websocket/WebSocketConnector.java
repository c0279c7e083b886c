// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import dev.holdfast.node.port.PortSockets;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.xnio.IoFuture;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.http.ExtendedHandshakeChecker;

/** Opens WebSockets: the client's side of the handshake. Thread-safe; blocks. */
public final class WebSocketConnector {
  private final PortSockets sockets;
  private final XnioWorker worker;
  private final RandomGenerator random;

  /**
   * @param random for keys; thread-safe
   */
  public WebSocketConnector(PortSockets sockets, XnioWorker worker, RandomGenerator random) {
    this.sockets = sockets;
    this.worker = worker;
    this.random = random;
  }

  /**
   * Connects and upgrades.
   *
   * @param address {@code host:port}
   * @throws IOException nobody listens there, or it is no WebSocket, or it took too long
   */
  public StreamConnection connect(String address, String path, String subprotocol, Duration timeout)
      throws IOException {
    byte[] nonce = new byte[16];
    random.nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("Host", List.of(address));
    headers.put("Upgrade", List.of("websocket"));
    headers.put("Connection", List.of("Upgrade"));
    headers.put("Sec-WebSocket-Key", List.of(key));
    headers.put("Sec-WebSocket-Version", List.of("13"));
    headers.put("Sec-WebSocket-Protocol", List.of(subprotocol));
    IoFuture<StreamConnection> opening =
        sockets.upgrade(
            worker, address, path, headers, checker(WebSocketUpgrade.acceptance(key), subprotocol));
    try {
      if (opening.awaitInterruptibly(timeout.toMillis(), TimeUnit.MILLISECONDS)
          == IoFuture.Status.WAITING) {
        opening.cancel();
        closeWhenLate(opening);
        throw new IOException("no connection to " + address + " within " + timeout);
      }
    } catch (InterruptedException e) {
      opening.cancel();
      closeWhenLate(opening);
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while connecting to " + address);
    }
    return opening.get();
  }

  private static ExtendedHandshakeChecker checker(String acceptance, String subprotocol) {
    return headers -> {
      require(headers.get("sec-websocket-accept"), acceptance, "Sec-WebSocket-Accept");
      require(headers.get("sec-websocket-protocol"), subprotocol, "Sec-WebSocket-Protocol");
    };
  }

  private static void require(
      @org.jspecify.annotations.Nullable List<String> values, String wanted, String name)
      throws IOException {
    if (values == null || !values.equals(List.of(wanted))) {
      throw new IOException("the answer's " + name + " is " + values + ", not " + wanted);
    }
  }

  private static void closeWhenLate(IoFuture<StreamConnection> opening) {
    opening.addNotifier(
        new IoFuture.HandlingNotifier<StreamConnection, Object>() {
          @Override
          public void handleDone(StreamConnection late, Object attachment) {
            org.xnio.IoUtils.safeClose(late);
          }
        },
        "");
  }
}
