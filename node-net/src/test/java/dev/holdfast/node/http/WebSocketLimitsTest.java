// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static dev.holdfast.node.http.RawWebSocket.BINARY;
import static dev.holdfast.node.http.RawWebSocket.CLOSE;
import static dev.holdfast.node.http.RawWebSocket.CONTINUATION;
import static dev.holdfast.node.http.RawWebSocket.PING;
import static dev.holdfast.node.http.RawWebSocket.PONG;
import static dev.holdfast.node.http.RawWebSocket.TEXT;
import static dev.holdfast.node.http.RawWebSocket.concat;
import static dev.holdfast.node.http.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client's WebSocket may not do, and that trying costs the node next to nothing. */
final class WebSocketLimitsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int MESSAGE_MAX = ClientSocket.MESSAGE_BYTES_MAX;

  /** Generous for the noise of a test process; without the limits it is a hundred times as much. */
  private static final long HEAP_GROWTH_MAX = 16L << 20;

  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<Integer> closed = new CopyOnWriteArrayList<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final HttpServer server =
      new HttpServer(
          new HttpServer.Settings("127.0.0.1", 0, HostNames.ANY, HttpLimits.DEFAULT),
          RequestMetrics.NONE,
          new SplittableRandom(1),
          System::nanoTime);
  private int port;

  /** Echoes; "flood" is answered with messages until they are no longer taken. */
  private final class Session implements WebSocketSession {
    private final WebSocketChannelHandle channel;

    Session(WebSocketChannelHandle channel) {
      this.channel = channel;
    }

    @Override
    public void onText(String text) {
      received.add(text.length() > 100 ? "text of " + text.length() : text);
      if (text.equals("flood")) {
        String message = "x".repeat(4 << 10);
        while (channel.sendText(message)) {
          accepted.incrementAndGet();
        }
      } else if (text.equals("break")) {
        throw new IllegalStateException("broken on purpose");
      } else {
        channel.sendText("echo " + text.length());
      }
    }

    @Override
    public void onBinary(byte[] bytes) {
      received.add("binary of " + bytes.length);
      channel.sendText("echo " + bytes.length);
    }

    @Override
    public void onClose(int code, String reason) {
      closed.add(code);
    }
  }

  @BeforeEach
  void start() throws BindException {
    server.webSocket(TestOperation.of("GET", "/socket"), List.of("b", "a"), Session::new);
    port = server.start().getPort();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void assertHealthy() throws IOException {
    try (RawWebSocket other = RawWebSocket.open(port)) {
      assertThat(other.text("hi").read().text()).isEqualTo("echo 2");
    }
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  // Who may come in.

  @ParameterizedTest
  @CsvSource({
    "http://evil.example,403",
    "http://127.0.0.1,403",
    "http://127.0.0.1:1,403",
    "http://evil@127.0.0.1:PORT,403",
    "http://127.0.0.1:PORT.evil.example,403",
    "null,403",
    "::,403",
    "http://127.0.0.1:PORT,101"
  })
  void letsInNoPageOfAnotherOrigin(String origin, int status) throws IOException {
    String header = "Origin: " + origin.replace("PORT", "" + port) + "\r\n";
    try (RawWebSocket socket =
        new RawWebSocket(port, RawWebSocket.headers("Sec-WebSocket-Protocol: a\r\n" + header))) {
      assertThat(socket.handshake()).startsWith("HTTP/1.1 " + status);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"a|a", "b|b", "a, b|a", "b, a|b", "x, b|b", "x,,a|a", "A|", "x|", "ab|", "''|"})
  void agreesOnTheFirstSubprotocolThatBothSpeak(String offered, @Nullable String agreed)
      throws IOException {
    String header = "Sec-WebSocket-Protocol: " + offered + "\r\n";
    try (RawWebSocket socket = new RawWebSocket(port, RawWebSocket.headers(header))) {
      if (agreed == null) {
        assertThat(socket.handshake()).startsWith("HTTP/1.1 400");
      } else {
        assertThat(socket.handshake())
            .startsWith("HTTP/1.1 101")
            .containsIgnoringCase("Sec-WebSocket-Protocol: " + agreed + "\r\n")
            .contains("ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
      }
    }
  }

  @Test
  void refusesAnythingButAHandshake() throws IOException {
    assertAnswer("", "426");
    assertAnswer(RawWebSocket.headers("").replace("Version: 13", "Version: 8"), "426");
    assertAnswer(RawWebSocket.headers("").replace("AAAA==", "AA=="), "400");
    assertAnswer(RawWebSocket.headers("").replace("AAAA==", "AA!!=="), "400");
    assertAnswer("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", "400");
    assertAnswer(RawWebSocket.headers(""), "400");
  }

  private void assertAnswer(String headers, String status) throws IOException {
    try (RawWebSocket socket = new RawWebSocket(port, headers)) {
      assertThat(socket.handshake()).as(headers).startsWith("HTTP/1.1 " + status);
    }
  }

  // How large a message may be.

  @ParameterizedTest
  @ValueSource(ints = {TEXT, BINARY})
  void takesMessagesUpToTheLimitInPiecesOfAnySize(int opcode) throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      for (int piece : new int[] {MESSAGE_MAX, MESSAGE_MAX / 2, 1_000, 17}) {
        sendInPieces(socket, opcode, MESSAGE_MAX, piece);
        assertThat(socket.read().text()).isEqualTo("echo " + MESSAGE_MAX);
      }
      sendInPieces(socket, opcode, 4_096, 1);
      assertThat(socket.read().text()).isEqualTo("echo 4096");
    }
  }

  private static void sendInPieces(RawWebSocket socket, int opcode, int total, int piece)
      throws IOException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (int sent = 0; sent < total; sent += piece) {
      byte[] part = new byte[Math.min(piece, total - sent)];
      Arrays.fill(part, (byte) 'x');
      int kind = sent == 0 ? opcode : CONTINUATION;
      boolean last = sent + piece >= total;
      all.writeBytes(frame((last ? 0x80 : 0) | kind, part.length, true, part));
    }
    socket.raw(all.toByteArray());
  }

  static Stream<Arguments> tooLarge() {
    return Stream.of(TEXT, BINARY)
        .flatMap(opcode ->
            Stream.of(
                Arguments.of(opcode, "one byte more", MESSAGE_MAX + 1, MESSAGE_MAX + 1),
                Arguments.of(opcode, "10 MB in one frame", 10_000_000, 10_000_000),
                Arguments.of(opcode, "10 MB in pieces of 64 KiB", 10_000_000, 64 << 10),
                Arguments.of(opcode, "10 MB in bytes", 10_000_000, 1)));
  }

  @ParameterizedTest(name = "{1}, opcode {0}")
  @MethodSource("tooLarge")
  void closesWith1009BeforeItBuffersMore(int opcode, String name, int total, int piece)
      throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      try {
        sendInPieces(socket, opcode, total, piece);
      } catch (SocketException e) {
        assertThat(e).as("cut while it still sent").hasMessageMatching("(?s).*(reset|pipe).*");
      }
      assertThat(socket.readToClose()).isIn(1009, RawWebSocket.NO_CLOSE_FRAME);
    }
    // Closed here already, or the server would wait for its close to be answered.
    Await.until(DEADLINE, "the session ends", () -> !closed.isEmpty());
    assertThat(closed).containsExactly(1009);
    assertThat(received).isEmpty();
    assertHealthy();
  }

  @Test
  void judgesAFrameByWhatItAnnounces() throws IOException {
    List<RawWebSocket> open = new ArrayList<>();
    long before = usedHeap();
    for (long announced :
        new long[] {MESSAGE_MAX + 1, 10_000_000, Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE}) {
      for (int opcode : new int[] {TEXT, BINARY}) {
        RawWebSocket socket = RawWebSocket.open(port);
        open.add(socket);
        socket.raw(frame(0x80 | opcode, announced, true, new byte[0]));

        assertThat(socket.read().closeCode()).as("announced %d", announced).isEqualTo(1009);
      }
    }
    assertThat(usedHeap() - before).isLessThan(HEAP_GROWTH_MAX);
    for (RawWebSocket socket : open) {
      socket.close();
    }
  }

  /** 100 clients announce the most that is allowed and never finish: no more than they sent. */
  @Test
  void keepsOnlyWhatArrivedOfMessagesThatNeverEnd() throws IOException {
    List<RawWebSocket> open = new ArrayList<>();
    RawWebSocket.open(port).close();
    long before = usedHeap();
    for (int i = 0; i < 100; i++) {
      RawWebSocket socket = RawWebSocket.open(port);
      open.add(socket);
      socket.raw(frame(TEXT, MESSAGE_MAX, true, new byte[1_000]));
      socket.raw(new byte[0]);
    }
    assertHealthy();
    assertThat(usedHeap() - before).isLessThan(HEAP_GROWTH_MAX);

    try (RawWebSocket never = RawWebSocket.open(port)) {
      // Fragments without end: all together are the message.
      for (int i = 0; i < 16; i++) {
        never.send(false, i == 0 ? BINARY : CONTINUATION, new byte[4 << 10]);
      }
      never.send(false, CONTINUATION, new byte[0]);
      never.send(false, CONTINUATION, new byte[1]);
      assertThat(never.readToClose()).isEqualTo(1009);
    }
    try (RawWebSocket empty = RawWebSocket.open(port)) {
      // So are empty ones, which no size would ever stop.
      byte[] none = new byte[0];
      byte[] more = frame(CONTINUATION, 0, true, none);
      empty.raw(frame(TEXT, 0, true, none));
      byte[] many = new byte[5_000 * more.length];
      for (int i = 0; i < 5_000; i++) {
        System.arraycopy(more, 0, many, i * more.length, more.length);
      }
      empty.raw(many);
      assertThat(empty.readToClose()).isEqualTo(1009);
    }
    for (RawWebSocket socket : open) {
      socket.close();
    }
  }

  // What a frame may be.

  static Stream<Arguments> brokenFrames() {
    byte[] none = new byte[0];
    byte[] big = new byte[126];
    byte[] text = {'x'};
    return Stream.of(
        Arguments.of("not masked", frame(0x80 | TEXT, 1, false, text)),
        Arguments.of("not masked ping", frame(0x80 | PING, 0, false, none)),
        Arguments.of("reserved bit 1", frame(0xC0 | TEXT, 1, true, text)),
        Arguments.of("reserved bit 3", frame(0x90 | TEXT, 1, true, text)),
        Arguments.of("unknown opcode", frame(0x83, 1, true, text)),
        Arguments.of("unknown control opcode", frame(0x8B, 0, true, none)),
        Arguments.of("ping of 126 bytes", frame(0x80 | PING, 126, true, big)),
        Arguments.of("ping in fragments", frame(PING, 0, true, none)),
        Arguments.of("continues nothing", frame(0x80 | CONTINUATION, 1, true, text)),
        Arguments.of(
            "message within a message",
            concat(frame(TEXT, 1, true, text), frame(0x80 | TEXT, 1, true, text))),
        Arguments.of(
            "length not in its shortest form", new byte[] {(byte) 0x81, -2, 0, 1, 0, 0, 0, 0}),
        Arguments.of(
            "negative length",
            new byte[] {(byte) 0x81, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0}),
        Arguments.of("close of one byte", frame(0x80 | CLOSE, 1, true, text)),
        Arguments.of("close with 1005", frame(0x80 | CLOSE, 2, true, new byte[] {3, (byte) 0xED})));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenFrames")
  void closesWith1002WhenTheProtocolIsBroken(String name, byte[] bytes) throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      socket.raw(bytes);

      assertThat(socket.readToClose()).isEqualTo(1002);
    }
    assertThat(received).isEmpty();
    assertHealthy();
  }

  static Stream<byte[]> notUtf8() {
    return Stream.of(
        new byte[] {(byte) 0xC3, 0x28},
        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
        new byte[] {(byte) 0xC0, (byte) 0x80},
        new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
        new byte[] {'a', (byte) 0xE2, (byte) 0x82});
  }

  @ParameterizedTest
  @MethodSource("notUtf8")
  void closesWith1007AtATextThatIsNotUtf8AndReadsNoFurther(byte[] bytes) throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      byte[] after = "after".getBytes(java.nio.charset.StandardCharsets.UTF_8);
      socket.raw(
          concat(
              frame(0x80 | TEXT, bytes.length, true, bytes),
              frame(0x80 | TEXT, after.length, true, after)));

      assertThat(socket.readToClose()).isEqualTo(1007);
    }
    Await.until(DEADLINE, "the session ends", () -> !closed.isEmpty());
    assertThat(received).isEmpty();
  }

  @Test
  void joinsACharacterThatIsCutByAFragment() throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      socket.send(false, TEXT, new byte[] {(byte) 0xC3});
      socket.send(true, PING, new byte[] {7});
      socket.send(true, CONTINUATION, new byte[] {(byte) 0xBC});

      assertThat(socket.read().opcode()).isEqualTo(PONG);
      assertThat(socket.read().text()).isEqualTo("echo 1");
      assertThat(received).containsExactly("ü");
    }
  }

  @Test
  void closesWith1011WhenTheSessionFailsAndGivesItNothingMore() throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      socket.text("break").text("after");

      assertThat(socket.readToClose()).isEqualTo(1011);
      Await.until(DEADLINE, "the session ends", () -> !closed.isEmpty());
      assertThat(received).containsExactly("break");
    }
  }

  // How much may be on its way to a client.

  @Test
  void answersEveryPingOfAClientThatReads() throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      for (int i = 0; i < 2_000; i++) {
        socket.send(true, PING, new byte[] {(byte) i});
        RawWebSocket.Frame pong = socket.read();
        assertThat(pong.opcode()).isEqualTo(PONG);
        assertThat(pong.payload()).containsExactly((byte) i);
      }
    }
  }

  @Test
  void cutsAClientThatFloodsWithPingsAndReadsNoPong() throws IOException {
    long before = usedHeap();
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      byte[] ping = frame(0x80 | PING, 125, true, new byte[125]);
      byte[] thousand = new byte[1_000 * ping.length];
      for (int i = 0; i < 1_000; i++) {
        System.arraycopy(ping, 0, thousand, i * ping.length, ping.length);
      }
      long deadline = System.nanoTime() + DEADLINE.toNanos();
      try {
        while (closed.isEmpty()) {
          socket.raw(thousand);
          assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
        }
      } catch (SocketException e) {
        assertThat(e).hasMessageMatching("(?s).*(reset|pipe).*");
      }
      Await.until(DEADLINE, "the session ends", () -> closed.equals(List.of(1008)));
      assertThat(usedHeap() - before).isLessThan(HEAP_GROWTH_MAX);
    }
    assertHealthy();
  }

  @Test
  void closesWith1013WhenMessagesPileUpUnread() throws IOException {
    long before = usedHeap();
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      socket.text("flood");
      int settled = awaitFlood();
      assertThat((long) settled * (4 << 10))
          .as("taken: the queue, and what the operating system buffers")
          .isLessThan(ClientSocket.QUEUED_BYTES_MAX + (16L << 20));
      assertThat(usedHeap() - before).isLessThan(HEAP_GROWTH_MAX);

      assertThat(socket.readToClose()).as("told after all that was taken").isEqualTo(1013);
    }
    Await.until(DEADLINE, "the session ends", () -> closed.equals(List.of(1013)));
  }

  @Test
  void cutsAClientThatDoesNotEvenReadTheClose() throws IOException {
    try (RawWebSocket socket = RawWebSocket.open(port)) {
      socket.text("flood");

      Await.until(DEADLINE, "the session ends", () -> closed.equals(List.of(1013)));
    }
    assertHealthy();
  }

  /** Each below its own limit, and together too much: the slowest makes room for the others. */
  @Test
  void closesTheSlowestWhenAllTogetherPileUpTooMuch() throws IOException {
    SocketMemory memory = new SocketMemory(6 << 20, 1 << 20);
    try (HttpServer small =
        new HttpServer(
            new HttpServer.Settings("127.0.0.1", 0, HostNames.ANY, HttpLimits.DEFAULT),
            RequestMetrics.NONE,
            new SplittableRandom(1),
            System::nanoTime)) {
      small.webSocket(
          new SocketDoor(
              TestOperation.of("GET", "/socket"),
              List.of("a"),
              memory,
              channel -> new Filling(channel, memory)),
          Admission.ALL);
      int at = small.start().getPort();
      try (RawWebSocket slowest = RawWebSocket.open(at);
          RawWebSocket slow = RawWebSocket.open(at);
          RawWebSocket last = RawWebSocket.open(at)) {
        pileUp(slowest, 3 << 20, memory);
        pileUp(slow, 9 << 19, memory);
        last.text("" + (7 << 20));

        Await.until(DEADLINE, "one is cut off", () -> memory.cutOff() == 1);
        assertThat(slowest.readToClose()).isEqualTo(1013);
        Await.until(DEADLINE, "there is room", () -> memory.unreadBytes() < 5 << 20);
        assertThat(slow.text("0").read().opcode()).as("the others go on").isEqualTo(TEXT);
        assertThat(memory.cutOff()).isEqualTo(1);
      }
      Await.until(DEADLINE, "all of it is given back", () -> memory.unreadBytes() == 0);
    }
  }

  /** Until the operating system takes no more of it. */
  private static void pileUp(RawWebSocket socket, int target, SocketMemory memory) {
    int[] looks = {0};
    Await.until(
        DEADLINE,
        "it piles up",
        () -> {
          if (memory.unreadBytes() >= target) {
            return ++looks[0] == 5;
          }
          looks[0] = 0;
          try {
            socket.text("" + target);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return false;
        });
  }

  /** Told a number, it sends until so many bytes are unread on this server, or one is cut off. */
  private record Filling(WebSocketChannelHandle channel, SocketMemory memory)
      implements WebSocketSession {
    @Override
    public void onText(String text) {
      long target = Long.parseLong(text);
      String message = "x".repeat(32 << 10);
      while (memory.cutOff() == 0 && memory.unreadBytes() < target && channel.sendText(message)) {
        Thread.onSpinWait();
      }
    }

    @Override
    public void onBinary(byte[] bytes) {}

    @Override
    public void onClose(int code, String reason) {}
  }

  /** How many messages were taken, once no more are. */
  private int awaitFlood() {
    int[] last = {-1};
    Await.until(
        DEADLINE,
        "no more messages are taken",
        () -> {
          int now = accepted.get();
          boolean settled = now > ClientSocket.QUEUED_FRAMES_MAX / 2 && now == last[0];
          last[0] = now;
          return settled;
        });
    return accepted.get();
  }
}
