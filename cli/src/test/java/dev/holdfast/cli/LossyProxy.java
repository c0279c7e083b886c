// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network before a node that loses answers, and delivers requests after their sender has given
 * them up. What becomes of a connection is drawn when it is opened.
 */
final class LossyProxy implements AutoCloseable {
  private static final int QUIET_MILLIS = 20;
  private static final int LATE_MILLIS_MAX = 400;

  private final ServerSocket listener;
  private final InetSocketAddress node;
  private final Random random;
  private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private volatile boolean lossy = true;

  LossyProxy(String api, long seed) throws IOException {
    URI uri = URI.create(api);
    this.node = new InetSocketAddress(uri.getHost(), uri.getPort());
    this.random = new Random(seed);
    this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** From now on nothing is lost. */
  void heal() {
    lossy = false;
  }

  /** Answers that were lost, and requests that came late. */
  int faults() {
    return lost.get() + late.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        int fate = lossy ? random.nextInt(100) : 0;
        int delay = random.nextInt(LATE_MILLIS_MAX);
        Thread.ofVirtual().start(() -> serve(client, fate, delay));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket client, int fate, int delayMillis) {
    try (client;
        Socket server = new Socket()) {
      open.add(client);
      open.add(server);
      server.connect(node);
      if (fate < 70) {
        relayOneAnswer(client, server);
      } else if (fate < 88) {
        lost.incrementAndGet();
        loseTheAnswer(client, server);
      } else {
        late.incrementAndGet();
        deliverLate(client, server, delayMillis);
      }
    } catch (IOException e) {
      return; // One side has gone, which the other one is told by the closing.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  /** Then the connection ends, so that the next request draws again. */
  private static void relayOneAnswer(Socket client, Socket server) throws IOException {
    Thread.ofVirtual().start(() -> copy(client, server));
    byte[] buffer = new byte[1 << 16];
    InputStream in = server.getInputStream();
    OutputStream out = client.getOutputStream();
    boolean begun = false;
    while (true) {
      server.setSoTimeout(begun ? QUIET_MILLIS : 0);
      int n;
      try {
        n = in.read(buffer);
      } catch (SocketTimeoutException e) {
        return;
      }
      if (n < 0) {
        return;
      }
      begun = true;
      out.write(buffer, 0, n);
    }
  }

  private static void loseTheAnswer(Socket client, Socket server) throws IOException {
    Thread.ofVirtual().start(() -> copy(client, server));
    if (server.getInputStream().read() < 0) {
      return;
    }
    client.setSoLinger(true, 0);
  }

  private static void deliverLate(Socket client, Socket server, int delayMillis)
      throws IOException, InterruptedException {
    byte[] request = untilQuiet(client);
    client.setSoLinger(true, 0);
    client.close();
    Thread.sleep(delayMillis);
    server.getOutputStream().write(request);
    server.setSoTimeout(5_000);
    int _ = server.getInputStream().read();
  }

  private static byte[] untilQuiet(Socket client) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int filled = 0;
    while (filled < buffer.length) {
      client.setSoTimeout(filled == 0 ? 5_000 : QUIET_MILLIS);
      try {
        int n = client.getInputStream().read(buffer, filled, buffer.length - filled);
        if (n < 0) {
          break;
        }
        filled += n;
      } catch (SocketTimeoutException e) {
        break;
      }
    }
    return Arrays.copyOf(buffer, filled);
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      return; // The other direction sees it, too.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Closeable each : open) {
      each.close();
    }
  }
}
