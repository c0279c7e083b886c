// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WebSocketPeerNetworkTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final List<Class<?>> KINDS =
      List.of(Ping.class, Pong.class, Echo.class, Echoed.class, Fail.class, Hang.class);

  private final ClusterSecret secret = ClusterSecret.of(new byte[32]);
  private final List<WebSocketPeerNetwork> open = new ArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);

  record Echo(Bytes bytes) implements PeerRequest<Echoed> {}

  record Echoed(String from, Bytes bytes) {}

  record Fail(String why) implements PeerRequest<Echoed> {}

  record Hang() implements PeerRequest<Echoed> {}

  @AfterEach
  void close() {
    release.countDown();
    open.forEach(WebSocketPeerNetwork::close);
  }

  private WebSocketPeerNetwork network(String id, int port, ClusterSecret with) throws Exception {
    return network(id, port, with, System::nanoTime);
  }

  private WebSocketPeerNetwork network(String id, int port, ClusterSecret with, LongSupplier nanos)
      throws Exception {
    WebSocketPeerNetwork made =
        new WebSocketPeerNetwork(
            new WebSocketPeerNetwork.Settings(id, "127.0.0.1", port, with),
            PeerKinds.none().feature(PeerKinds.FIRST_ID, KINDS),
            RANDOM,
            nanos);
    made.serve(Echo.class, (from, echo) -> new Echoed(from.id(), echo.bytes()));
    made.serve(
        Fail.class,
        (_, fail) -> {
          throw new IllegalStateException(fail.why());
        });
    made.serve(
        Hang.class,
        (from, _) -> {
          release.await();
          return new Echoed(from.id(), Bytes.EMPTY);
        });
    open.add(made);
    return made;
  }

  private int listening(String id) throws Exception {
    return network(id, 0, secret).start().getPort();
  }

  @Test
  void callsAndTellsTheHandlerWhoCalled() throws Exception {
    int port = listening("n2");
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + port);
    assertThat(n1.isConnected("n2")).isFalse();

    assertThat(n1.call("n2", new Echo(Bytes.utf8("hi")), TIMEOUT))
        .isEqualTo(new Echoed("n1", Bytes.utf8("hi")));
    assertThat(n1.isConnected("n2")).isTrue();
    assertThat(n1.callAddress("127.0.0.1:" + port, new Ping("x"), TIMEOUT))
        .isEqualTo(new Pong("n2", "x"));
  }

  @Test
  void aNodeThatWasHeardOfIsCalledAtOnceHoweverOftenItWasInVain() throws Exception {
    int port = listening("n2");
    open.removeLast().close();
    AtomicLong now = new AtomicLong();
    WebSocketPeerNetwork n1 = network("n1", 0, secret, now::get);
    n1.locate("n2", "127.0.0.1:" + port);
    assertThatThrownBy(() -> n1.call("n2", new Ping("x"), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class);
    network("n2", port, secret).start();
    assertThatThrownBy(() -> n1.call("n2", new Ping("x"), TIMEOUT))
        .hasMessageContaining("next attempt in");

    n1.locate("n2", "127.0.0.1:" + port);

    assertThat(n1.call("n2", new Ping("x"), TIMEOUT).text()).isEqualTo("x");
  }

  @Test
  void callsWithoutAThreadThatWaits() throws Exception {
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    assertThatThrownBy(() -> n1.callLater("n2", new Ping("x"), TIMEOUT).join())
        .hasCauseInstanceOf(PeerUnreachableException.class);
    n1.locate("n2", "127.0.0.1:" + listening("n2"));
    List<CompletableFuture<Echoed>> replies = new ArrayList<>();
    // The first ones find no connection, and more than may be under way at once are sent.
    for (int i = 0; i < PeerLimits.CALLS_IN_FLIGHT_MAX + 500; i++) {
      replies.add(n1.callLater("n2", new Echo(Bytes.utf8("call " + i)), TIMEOUT));
    }
    for (int i = 0; i < replies.size(); i++) {
      assertThat(replies.get(i).get().bytes().toUtf8()).isEqualTo("call " + i);
    }
    assertThatThrownBy(() -> n1.callLater("n2", new Fail("because"), TIMEOUT).join())
        .hasCauseInstanceOf(PeerException.class)
        .hasMessageContaining("because");
    assertThatThrownBy(() -> n1.callLater("n2", new Hang(), Duration.ofMillis(50)).join())
        .hasCauseInstanceOf(PeerTimeoutException.class);

    CompletableFuture<Echoed> hanging = n1.callLater("n2", new Hang(), TIMEOUT);
    open.getLast().close();
    assertThatThrownBy(hanging::join)
        .as("it was handed over, so nobody knows what came of it")
        .hasCauseInstanceOf(PeerTimeoutException.class);
  }

  @Test
  void runsCallsConcurrentlyAndMatchesReplies() throws Exception {
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + listening("n2"));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Echoed> hanging = threads.submit(() -> n1.call("n2", new Hang(), TIMEOUT));
      List<Future<Echoed>> replies = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        Bytes bytes = Bytes.utf8("call " + i);
        replies.add(threads.submit(() -> n1.call("n2", new Echo(bytes), TIMEOUT)));
      }
      for (int i = 0; i < replies.size(); i++) {
        assertThat(replies.get(i).get().bytes().toUtf8()).isEqualTo("call " + i);
      }
      release.countDown();
      assertThat(hanging.get().from()).isEqualTo("n1");
    }
  }

  @Test
  void carriesPayloadsUpToTheLimitOfAFrame() throws Exception {
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + listening("n2"));
    byte[] big = new byte[2 << 20];
    RANDOM.nextBytes(big);

    Echoed reply = n1.call("n2", new Echo(Bytes.copyOf(big)), TIMEOUT);
    assertThat(reply.bytes()).isEqualTo(Bytes.wrap(big));

    byte[] tooBig = new byte[PeerLimits.FRAME_BYTES_MAX];
    assertThatThrownBy(() -> n1.call("n2", new Echo(Bytes.wrap(tooBig)), TIMEOUT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most");
    assertThat(n1.call("n2", new Ping("after"), TIMEOUT).text()).isEqualTo("after");
  }

  @Test
  void tellsWhatAHandlerSaidWhenItFails() throws Exception {
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + listening("n2"));

    assertThatThrownBy(() -> n1.call("n2", new Fail("no such lock"), TIMEOUT))
        .isExactlyInstanceOf(PeerException.class)
        .hasMessageContaining("n2")
        .hasMessageContaining("no such lock");
  }

  @Test
  void tellsUnknownFromUndelivered() throws Exception {
    int port = listening("n2");
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + port);

    assertThatThrownBy(() -> n1.call("n2", new Hang(), Duration.ofMillis(200)))
        .isInstanceOf(PeerTimeoutException.class);
    assertThatThrownBy(() -> n1.call("n9", new Ping(""), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Echoed> cut = threads.submit(() -> n1.call("n2", new Hang(), TIMEOUT));
      awaitTrue(() -> n1.isConnected("n2"));
      n1.call("n2", new Ping("the hanging call is before this one"), TIMEOUT);
      open.getFirst().close();
      assertThatThrownBy(cut::get).hasCauseInstanceOf(PeerTimeoutException.class);
    }
    assertThatThrownBy(() -> n1.call("n2", new Ping(""), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class);
  }

  @Test
  void failsFastWhileAPeerIsDownAndReconnectsWhenItIsBack() throws Exception {
    WebSocketPeerNetwork first = network("n2", 0, secret);
    int port = first.start().getPort();
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + port);
    n1.call("n2", new Ping(""), TIMEOUT);

    first.close();
    long begun = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> n1.call("n2", new Ping(""), TIMEOUT))
          .isInstanceOf(PeerException.class);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("each of a hundred calls may take %s", TIMEOUT)
        .isLessThan(TIMEOUT.multipliedBy(5));

    network("n2", port, secret).start();
    awaitTrue(() -> {
      try {
        return n1.call("n2", new Ping("back"), TIMEOUT).text().equals("back");
      } catch (PeerUnreachableException e) {
        return false;
      }
    });
  }

  @Test
  void refusesAPeerWithAnotherSecretOrAnotherName() throws Exception {
    int port = listening("n2");
    byte[] other = new byte[32];
    other[31] = 1;
    WebSocketPeerNetwork stranger = network("n3", 0, ClusterSecret.of(other));
    stranger.locate("n2", "127.0.0.1:" + port);
    assertThatThrownBy(() -> stranger.call("n2", new Ping(""), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class)
        .hasMessageContaining("does not know the cluster secret");

    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n4", "127.0.0.1:" + port);
    assertThatThrownBy(() -> n1.call("n4", new Ping(""), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class)
        .hasMessageContaining("n2");
  }

  @Test
  void survivesGarbageOnItsPort() throws Exception {
    int port = listening("n2");
    byte[] random = new byte[4096];
    RANDOM.nextBytes(random);
    byte[] tlsHello = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};
    for (byte[] garbage :
        List.of(
            random,
            tlsHello,
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            upgradeThen(new byte[] {(byte) 0x82, (byte) 0xFF, 0x7F, -1, -1, -1, -1, -1, -1, -1}),
            upgradeThen(new byte[] {(byte) 0x82, (byte) 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5}))) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(8_000);
        socket.getOutputStream().write(garbage);
        socket.getOutputStream().flush();
        socket.shutdownOutput();
        socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
      } catch (java.net.SocketException e) {
        assertThat(e).hasMessageContaining("reset");
      }
    }
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    assertThat(n1.callAddress("127.0.0.1:" + port, new Ping("still"), TIMEOUT).text())
        .isEqualTo("still");
  }

  private static byte[] upgradeThen(byte[] frames) {
    byte[] head =
        ("GET /peer HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Protocol: "
                + PeerLimits.SUBPROTOCOL
                + "\r\n\r\n")
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] all = java.util.Arrays.copyOf(head, head.length + frames.length);
    System.arraycopy(frames, 0, all, head.length, frames.length);
    return all;
  }

  @Test
  void followsAPeerToAnotherAddressAndForgetsIt() throws Exception {
    WebSocketPeerNetwork n1 = network("n1", 0, secret);
    n1.locate("n2", "127.0.0.1:" + listening("n2"));
    n1.call("n2", new Ping(""), TIMEOUT);

    n1.locate("n2", "127.0.0.1:" + listening("n2"));
    assertThat(n1.isConnected("n2")).isFalse();
    assertThat(n1.call("n2", new Ping("there"), TIMEOUT).text()).isEqualTo("there");
    n1.forget("n2");
    assertThatThrownBy(() -> n1.call("n2", new Ping(""), TIMEOUT))
        .isInstanceOf(PeerUnreachableException.class);
  }

  interface Check {
    boolean holds() throws Exception;
  }

  private static void awaitTrue(Check check) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!check.holds()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
