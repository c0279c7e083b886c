// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static dev.holdfast.cli.it.CborItems.array;
import static dev.holdfast.cli.it.CborItems.bytes;
import static dev.holdfast.cli.it.CborItems.hex;
import static dev.holdfast.cli.it.CborItems.joined;
import static dev.holdfast.cli.it.CborItems.number;
import static dev.holdfast.cli.it.CborItems.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What strangers and broken programs may send to the three ports of a node. Each is right but for
 * one thing: a node that overlooks it writes the key {@code hostile}. So each is refused, nothing
 * is written, nothing is told to who does not know the secret, and the node serves on.
 */
@HoldfastCluster
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HostileInputIT {
  private static final int ANSWER_MILLIS = 20_000;

  /** What a stranger is answered at most before the node hangs up: a challenge and its frame. */
  private static final int CHALLENGE_BYTES_MAX = 600;

  private static final byte[] VALUE = {1};
  private static final byte[] MASK = {0, 0, 0, 0};
  private static final String UPGRADE =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  @SuppressWarnings("NullAway.Init")
  private static Rest rest;

  private final LocalCluster cluster;
  private final LocalNode node;

  HostileInputIT(LocalCluster cluster) {
    this.cluster = cluster;
    this.node = cluster.node("n1");
  }

  /**
   * @param make the message, from the id of a session that lives
   */
  record Message(String name, Maker make) {
    @Override
    public String toString() {
      return name;
    }
  }

  interface Maker {
    byte[] message(String session);
  }

  /** Bytes for a port. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Bytes(String name, byte[] bytes) {
    static Bytes of(String name, String text) {
      return new Bytes(name, text.getBytes(ISO_8859_1));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void open() {
    rest = new Rest();
  }

  @AfterAll
  static void close() {
    rest.close();
  }

  @AfterEach
  void nothingIsWrittenAndTheNodesServe() throws Exception {
    assertThat(cluster.nodes()).allMatch(LocalNode::isAlive);
    assertThat(rest.json(node, "/v1/map?map=hostile").path("entries")).isEmpty();
    assertThat(rest.json(node, "/v1/map?map=default").path("entries")).isEmpty();
    assertThat(rest.json(node, "/v1/objects?prefix=hostile").path("objects")).isEmpty();
    assertThat(rest.json(node, "/v1/locks?prefix=hostile").path("locks")).isEmpty();
    assertThat(rest.send(cluster.node("n2"), "PUT", "/v1/map/sound/k", "1").statusCode())
        .isEqualTo(200);
    assertThat(rest.send(node, "GET", "/v1/map/sound/k", "").body()).isEqualTo("1");
  }

  // ---- Frames of CBOR ----

  /** [30, request, session, slot, sequence, again, map, key, value, expected, fence]. */
  private static byte[][] put(String session) {
    return new byte[][] {
      number(30),
      number(2),
      text(session),
      number(0),
      number(1),
      hex("f4"),
      text("hostile"),
      text("k"),
      bytes(VALUE),
      number(-1),
      text("")
    };
  }

  private static Message instead(String name, int place, byte[] item) {
    return new Message(
        name,
        session -> {
          byte[][] items = put(session);
          items[place] = item;
          return array(items);
        });
  }

  private static Message whole(String name, Maker change) {
    return new Message(name, session -> change.message(session));
  }

  static Stream<Message> cbor() {
    Stream.Builder<Message> all = Stream.builder();
    all.add(whole("tagged as time", s -> joined(hex("c1"), array(put(s)))));
    all.add(whole("tagged as CBOR", s -> joined(hex("d9d9f7"), array(put(s)))));
    all.add(whole("tagged a thousand times", s -> joined(hex("c6".repeat(1_000)), array(put(s)))));
    all.add(whole("as a map", s -> joined(hex("ab"), joined(put(s)))));
    all.add(whole("as the bytes of a frame", s -> bytes(array(put(s)))));
    all.add(whole("as a text", s -> text("putEntry")));
    all.add(whole("in an array", s -> array(array(put(s)))));
    all.add(whole("one item too many", s -> array(joined(put(s)), number(0))));
    all.add(whole("one more announced", s -> joined(hex("8c"), joined(put(s)))));
    all.add(whole("one announced too few", s -> joined(hex("8a"), joined(put(s)))));
    all.add(whole("endless without an end", s -> joined(hex("9f"), joined(put(s)))));
    all.add(whole("an end before it begins", s -> joined(hex("ff"), array(put(s)))));
    all.add(whole("of 2^63-1 items", s -> joined(hex("9b7fffffffffffffff"), joined(put(s)))));
    all.add(whole("of 2^64-1 items", s -> joined(hex("9bffffffffffffffff"), joined(put(s)))));
    all.add(whole("of a reserved length", s -> joined(hex("9c"), joined(put(s)))));
    for (int cut : new int[] {1, 2, 10}) {
      all.add(
          whole(
              "cut by " + cut,
              s -> {
                byte[] frame = array(put(s));
                return Arrays.copyOf(frame, frame.length - cut);
              }));
    }
    all.add(whole("nothing but arrays", s -> hex("81".repeat(20_000))));
    all.add(whole("nothing but maps", s -> hex("a1".repeat(20_000))));
    all.add(instead("type as a text", 0, text("putEntry")));
    all.add(instead("type as a float", 0, hex("f94f80")));
    all.add(instead("type 2^64-1", 0, hex("1bffffffffffffffff")));
    all.add(instead("type below 0", 0, number(-31)));
    all.add(instead("type of a node's frame", 0, number(60)));
    all.add(instead("request as a float", 1, hex("f94000")));
    all.add(instead("request NaN", 1, hex("f97e00")));
    all.add(instead("request below 0", 1, number(-2)));
    all.add(instead("request 2^64-1", 1, hex("1bffffffffffffffff")));
    all.add(instead("request a big number", 1, hex("c249010000000000000000")));
    all.add(instead("request null", 1, hex("f6")));
    all.add(instead("request undefined", 1, hex("f7")));
    all.add(instead("request a simple value", 1, hex("f8ff")));
    all.add(instead("request of a reserved form", 1, hex("1c")));
    all.add(instead("session as bytes", 2, bytes("s".getBytes(US_ASCII))));
    all.add(instead("session with bytes that are no UTF-8", 2, hex("62c328")));
    all.add(instead("session too long", 2, text("s".repeat(129))));
    all.add(instead("session announced with 2^31 bytes", 2, hex("7a7fffffff")));
    all.add(instead("slot beyond the last", 3, number(1_024)));
    all.add(instead("slot below 0", 3, number(-1)));
    all.add(instead("sequence 0", 4, number(0)));
    all.add(instead("again as a number", 5, number(0)));
    all.add(instead("again null", 5, hex("f6")));
    all.add(instead("map without a name", 6, text("")));
    all.add(instead("map too long", 6, text("m".repeat(129))));
    all.add(instead("map with a control character", 6, text("hos\u0007tile")));
    all.add(instead("key without a name", 7, text("")));
    all.add(instead("key too long", 7, text("k".repeat(1_025))));
    all.add(instead("key with a zero byte", 7, text("k\u0000")));
    all.add(instead("key with a lone surrogate", 7, hex("63eda080")));
    all.add(instead("key in overlong UTF-8", 7, hex("62c1ab")));
    all.add(instead("value as a text", 8, text("1")));
    all.add(instead("value too long", 8, bytes(new byte[32_769])));
    all.add(instead("value null", 8, hex("f6")));
    all.add(instead("value as an array", 8, array(number(1))));
    all.add(instead("expected below -1", 9, number(-2)));
    all.add(instead("expected 2^63", 9, hex("1b8000000000000000")));
    all.add(instead("fence without a token", 10, text("lock")));
    all.add(instead("fence with a token below 0", 10, text("lock;-1")));
    all.add(instead("fence too long", 10, text("l".repeat(600) + ";1")));
    return all.build();
  }

  @ParameterizedTest
  @MethodSource("cbor")
  void anOddFrameOfCborIsRefused(Message message) throws Exception {
    assertRefused(FrameCodec.CBOR, message);
  }

  // ---- Frames of JSON ----

  private static Message json(String name, String find, String replacement) {
    return new Message(
        name,
        session -> {
          String right =
              """
              {"type":"putEntry","request":2,"session":"%s","slot":0,"sequence":1,"again":false,\
              "map":"hostile","key":"k","value":"AQ==","expected":-1,"fence":""}\
              """
                  .formatted(session);
          assertThat(right).contains(find);
          return right.replace(find, replacement).getBytes(UTF_8);
        });
  }

  static Stream<Message> json() {
    String again = "\"again\":false";
    String key = "\"key\":\"k\"";
    String request = "\"request\":2";
    String value = "\"AQ==\"";
    return Stream.of(
        json("key twice", key, key + "," + key),
        json("type twice", "{", "{\"type\":\"getEntry\","),
        json("a field of objects' prototypes", "{", "{\"__proto__\":{},"),
        json("a comment", "{", "{/* */"),
        json("a comma too many", "\"\"}", "\"\",}"),
        json("single quotes", key, "'key':'k'"),
        json("a name without quotes", key, "key:\"k\""),
        json("a number with a zero before it", request, "\"request\":02"),
        json("a number with a plus", request, "\"request\":+2"),
        json("a number with a fraction", request, "\"request\":2.0"),
        json("a number with an exponent", request, "\"request\":2e0"),
        json("a number beyond all", request, "\"request\":1" + "0".repeat(5_000)),
        json("a number beyond a double", request, "\"request\":1e999999999"),
        json("NaN", request, "\"request\":NaN"),
        json("a hexadecimal number", request, "\"request\":0x2"),
        json("a number as a text", request, "\"request\":\"2\""),
        json("a boolean as a text", again, "\"again\":\"false\""),
        json("a boolean as a number", again, "\"again\":0"),
        json("a text as a number", key, "\"key\":1"),
        json("a text as an array", key, "\"key\":[\"k\"]"),
        json("null", key, "\"key\":null"),
        json("a zero character", key, "\"key\":\"k\\u0000\""),
        json("a raw line break in a text", key, "\"key\":\"k\n\""),
        json("a lone surrogate", key, "\"key\":\"\\ud800\""),
        json("an unknown escape", key, "\"key\":\"\\k\""),
        json("Base64 without its end", value, "\"AQ=\""),
        json("Base64 of another alphabet", value, "\"_-==\""),
        json("Base64 with blanks", value, "\"A Q==\""),
        json("in an array", "{", "[{"),
        json("a document behind it", "\"\"}", "\"\"}{}"),
        json("nested without end", key, "\"key\":" + "[".repeat(20_000)),
        new Message("in UTF-16", s -> "{\"type\":\"hello\"}".getBytes(UTF_16)),
        new Message("nothing", s -> new byte[0]),
        new Message("bytes that are no UTF-8", s -> hex("7bff7d")));
  }

  @ParameterizedTest
  @MethodSource("json")
  void anOddFrameOfJsonIsRefused(Message message) throws Exception {
    assertRefused(FrameCodec.JSON, message);
  }

  private void assertRefused(FrameCodec codec, Message message) throws IOException {
    try (RawFrames socket = new RawFrames(node, codec)) {
      socket.message(message.make().message(session(socket, codec)));

      assertThat(isRefused(socket)).isTrue();
    }
  }

  private static String session(RawFrames socket, FrameCodec codec) throws IOException {
    socket.message(codec.encode(new ClientFrame.Hello("it/1", 0)));
    assertThat(socket.next()).isInstanceOf(ServerFrame.Welcome.class);
    socket.message(codec.encode(new ClientFrame.OpenSession(1, 60_000, 0)));
    return ((ServerFrame.SessionOpened) socket.next()).session();
  }

  /** It is told so, or the node hangs up. */
  private static boolean isRefused(RawFrames socket) throws IOException {
    try {
      return socket.next() instanceof ServerFrame.Failed failed && failed.status() >= 400;
    } catch (EOFException e) {
      return true;
    } catch (SocketException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|aborted).*");
      return true;
    } catch (FrameException e) {
      return false;
    }
  }

  // ---- WebSocket ----

  private static byte[] frame(int first, int second, byte[]... rest) {
    return joined(new byte[] {(byte) first, (byte) second}, joined(rest));
  }

  private static Message socket(String name, Maker make) {
    return new Message(name, make);
  }

  /** A valid frame that writes, between what a WebSocket must not do. */
  static Stream<Message> sockets() {
    Stream.Builder<Message> all = Stream.builder();
    all.add(socket("not masked", s -> frame(0x82, array(put(s)).length, array(put(s)))));
    for (int bit : new int[] {0x40, 0x20, 0x10}) {
      all.add(socket("reserved bit " + bit, s -> masked(0x82 | bit, array(put(s)))));
    }
    for (int opcode : new int[] {3, 4, 7, 0xB, 0xF}) {
      all.add(socket("reserved opcode " + opcode, s -> masked(0x80 | opcode, array(put(s)))));
    }
    all.add(
        socket("a ping in parts", s -> joined(masked(0x09, VALUE), masked(0x82, array(put(s))))));
    all.add(socket("a ping of 126 bytes", s -> joined(masked(0x89, new byte[126]), good(s))));
    all.add(socket("a close of one byte", s -> joined(masked(0x88, VALUE), good(s))));
    for (int code : new int[] {0, 999, 1_005, 1_006, 1_015, 2_999, 5_000}) {
      byte[] payload = ByteBuffer.allocate(2).putShort((short) code).array();
      all.add(socket("a close of " + code, s -> joined(masked(0x88, payload), good(s))));
    }
    all.add(
        socket("a reason that is no UTF-8", s -> joined(masked(0x88, hex("03e8c328")), good(s))));
    all.add(socket("a message after the close", s -> joined(masked(0x88, hex("03e8")), good(s))));
    all.add(socket("a part without a beginning", s -> masked(0x80, array(put(s)))));
    all.add(socket("a message within a message", s -> joined(masked(0x02, hex("8b")), good(s))));
    all.add(socket("a text where CBOR is spoken", s -> masked(0x81, array(put(s)))));
    all.add(
        socket(
            "a length in more bytes than it needs",
            s -> frame(0x82, 0xFE, hex("0001"), MASK, hex("ff"))));
    all.add(
        socket(
            "a length in 8 bytes for a short one",
            s -> frame(0x82, 0xFF, hex("0000000000000001"), MASK, hex("ff"))));
    all.add(
        socket("a length below 0", s -> frame(0x82, 0xFF, hex("ffffffffffffffff"), MASK, VALUE)));
    all.add(
        socket("a length of 2^62", s -> frame(0x82, 0xFF, hex("4000000000000000"), MASK, VALUE)));
    return all.build();
  }

  private static byte[] good(String session) {
    return masked(0x82, array(put(session)));
  }

  /** Under the mask 0, which masks nothing. */
  private static byte[] masked(int first, byte[] payload) {
    return payload.length < 126
        ? frame(first, 0x80 | payload.length, MASK, payload)
        : frame(
            first,
            0x80 | 126,
            ByteBuffer.allocate(2).putShort((short) payload.length).array(),
            MASK,
            payload);
  }

  @ParameterizedTest
  @MethodSource("sockets")
  void misuseOfAWebSocketIsRefused(Message message) throws Exception {
    try (RawFrames socket = new RawFrames(node, FrameCodec.CBOR)) {
      socket.raw(message.make().message(session(socket, FrameCodec.CBOR)));

      assertThat(isRefused(socket)).isTrue();
    }
  }

  private static Bytes upgrade(String name, String requestLine, String headers) {
    return Bytes.of(
        name,
        requestLine
            + "\r\nHost: localhost\r\n"
            + headers
            + "Sec-WebSocket-Protocol: holdfast.v1.cbor\r\n\r\n");
  }

  static Stream<Bytes> upgrades() {
    String get = "GET /v1/session HTTP/1.1";
    return Stream.of(
        upgrade("no key", get, UPGRADE),
        upgrade("two keys", get, UPGRADE + KEY + KEY.replace("dGhl", "eGhl")),
        upgrade("a short key", get, UPGRADE + "Sec-WebSocket-Key: c2hvcnQ=\r\n"),
        upgrade("a key that is no Base64", get, UPGRADE + "Sec-WebSocket-Key: ****\r\n"),
        upgrade("version 8", get, UPGRADE.replace("13", "8") + KEY),
        upgrade("no version", get, UPGRADE.replace("Sec-WebSocket-Version: 13\r\n", "") + KEY),
        upgrade("no connection header", get, UPGRADE.replace("Connection: Upgrade\r\n", "") + KEY),
        upgrade("a POST", "POST /v1/session HTTP/1.1", UPGRADE + "Content-Length: 0\r\n" + KEY),
        upgrade("HTTP/1.0", "GET /v1/session HTTP/1.0", UPGRADE + KEY),
        upgrade("a body", get, UPGRADE + "Content-Length: 5\r\n" + KEY),
        upgrade("a foreign page", get, UPGRADE + "Origin: http://evil.example\r\n" + KEY));
  }

  @ParameterizedTest
  @MethodSource("upgrades")
  void anUpgradeThatIsNotInOrderIsRefused(Bytes upgrade) throws Exception {
    String head = head(upgrade.bytes());

    assertThat(head.isEmpty() || head.matches("(?s)HTTP/1\\.[01] [45]\\d\\d.*")).as(head).isTrue();
  }

  // ---- Requests that hide another one ----

  static Stream<Bytes> hidden() {
    String inner =
        "PUT /v1/map/hostile/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1";
    String end = "0\r\n\r\n";
    Stream.Builder<Bytes> all = Stream.builder();
    for (String[] headers :
        new String[][] {
          {"both lengths", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", end},
          {"two lengths", "Content-Length: 0\r\nContent-Length: 60\r\n", ""},
          {"a list of lengths", "Content-Length: 0, 60\r\n", ""},
          {"a length with a plus", "Content-Length: +0\r\n", ""},
          {"a length below 0", "Content-Length: -1\r\n", ""},
          {"a blank before the colon", "Transfer-Encoding : chunked\r\n", end},
          {"an encoding that is none", "Transfer-Encoding: xchunked\r\n", end},
          {"chunked is not the last", "Transfer-Encoding: chunked, identity\r\n", end},
          {"a chunk with a bare line feed", "Transfer-Encoding: chunked\r\n", "0\n\n"},
          {"a chunk of a negative size", "Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"},
          {"a folded header", "X: a\r\n Content-Length: 0\r\nContent-Length: 60, 0\r\n", ""}
        }) {
      all.add(
          Bytes.of(
              headers[0],
              "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  + headers[1]
                  + "\r\n"
                  + headers[2]
                  + inner));
    }
    return all.build();
  }

  @ParameterizedTest
  @MethodSource("hidden")
  void aRequestThatHidesAnotherIsRefusedAndTheOtherNeverRuns(Bytes request) throws Exception {
    String answer = answer(0, request.bytes());

    assertThat(
            answer.isEmpty() || answer.startsWith("HTTP/1.1 4") || answer.startsWith("HTTP/1.1 5"))
        .as(answer)
        .isTrue();
  }

  // ---- The ports between nodes ----

  static Stream<Bytes> peer() {
    String get = "GET /peer HTTP/1.1";
    String offer = "Sec-WebSocket-Protocol: holdfast.peer.v1\r\n\r\n";
    String right = get + "\r\nHost: localhost\r\n" + UPGRADE + KEY + offer;
    byte[] open = right.getBytes(US_ASCII);
    List<Bytes> all = new ArrayList<>();
    all.add(Bytes.of("a request of a browser", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    all.add(Bytes.of("the path of clients", right.replace("/peer", "/v1/session")));
    all.add(Bytes.of("no subprotocol", right.replace(offer, "\r\n")));
    all.add(Bytes.of("the subprotocol of clients", right.replace("peer.v1", "v1.cbor")));
    all.add(Bytes.of("version 8", right.replace("13", "8")));
    all.add(
        Bytes.of(
            "a header of 64 KiB", right.replace("Host", "X: " + "x".repeat(65_536) + "\r\nHost")));
    all.add(
        Bytes.of("a body that never comes", get + "\r\nHost: a\r\nContent-Length: 99999\r\n\r\n"));
    all.add(Bytes.of("garbage", "\u0000\u0001\u0002\u0003\r\n\r\n"));
    all.add(Bytes.of("TLS", "\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003"));
    for (String hello : strangers("HFP1", "01")) {
      all.add(new Bytes("a hello of " + name(hello), joined(open, masked(0x82, hex(hello)))));
    }
    byte[] hello = hex(hexOf("HFP1") + "01" + "07".repeat(32) + "02" + hexOf("n2"));
    byte[] proof = hex(hexOf("HFP1") + "03" + "00" + "07".repeat(32));
    all.add(
        new Bytes(
            "a proof that is made up", joined(open, masked(0x82, hello), masked(0x82, proof))));
    all.add(
        new Bytes(
            "a hello that is said back", joined(open, masked(0x82, hello), masked(0x82, hello))));
    all.add(
        new Bytes(
            "a call before the proof",
            joined(open, masked(0x82, hello), masked(0x82, hex("01".repeat(64))))));
    all.add(new Bytes("a text", joined(open, masked(0x81, hello))));
    all.add(new Bytes("not masked", joined(open, frame(0x82, hello.length, hello))));
    return all.stream();
  }

  /** What begins as a hello does, and is none. */
  private static List<String> strangers(String magic, String step) {
    String nonce = "07".repeat(32);
    return List.of(
        hexOf("XXXX") + step + nonce + "02" + hexOf("n2"),
        hexOf(magic) + "02" + nonce + "02" + hexOf("n2"),
        hexOf(magic) + step + nonce + "00",
        hexOf(magic) + step + nonce + "ff" + hexOf("n2"),
        hexOf(magic) + step + nonce + "02" + "c328",
        hexOf(magic) + step + "07".repeat(8),
        hexOf(magic) + step + nonce + "41" + "6e".repeat(65));
  }

  private static String name(String hello) {
    return hello.length() / 2 + " bytes, " + hello.substring(0, 10);
  }

  private static String hexOf(String text) {
    return java.util.HexFormat.of().formatHex(text.getBytes(US_ASCII));
  }

  @Test
  void strangersOnThePeerPortAreTurnedAway() throws Exception {
    assertTurnedAway(1, peer());
  }

  static Stream<Bytes> raft() {
    byte[] magic = "HFR1".getBytes(US_ASCII);
    byte[] nonce = hex("07".repeat(32));
    byte[] proof = hex("08".repeat(32));
    return Stream.of(
        Bytes.of("a request of a browser", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Bytes.of("TLS", "\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003"),
        Bytes.of("gRPC", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        new Bytes("the magic alone", magic),
        new Bytes("another version", joined("HFR2".getBytes(US_ASCII), nonce)),
        new Bytes("a short nonce", joined(magic, hex("0707"))),
        new Bytes("no proof", joined(magic, nonce)),
        new Bytes("half a proof", joined(magic, nonce, hex("0808"))),
        new Bytes("a proof that is made up", joined(magic, nonce, proof, hex("000161"))),
        new Bytes("a proof of nothing", joined(magic, nonce, proof, hex("0000"))),
        new Bytes("a hello of 64 KiB", joined(magic, nonce, proof, hex("ffff"), new byte[65_535])),
        new Bytes("an install-snapshot", joined(magic, nonce, frameOf(4))),
        new Bytes("a vote without a handshake", frameOf(5)),
        new Bytes("an append without a handshake", frameOf(2)),
        new Bytes("a batch without a handshake", frameOf(9)),
        new Bytes("a frame of 2 GiB", hex("7fffffff02" + "00".repeat(32))),
        new Bytes("a frame of a length below 0", hex("ffffffff02" + "00".repeat(32))));
  }

  /** As the transport frames it: length, kind, id, what was read, and a payload. */
  private static byte[] frameOf(int kind) {
    byte[] payload = "../../../../tmp/hostile".getBytes(US_ASCII);
    return joined(
        ByteBuffer.allocate(4).putInt(17 + payload.length).array(),
        new byte[] {(byte) kind},
        new byte[16],
        payload);
  }

  @Test
  void strangersOnTheRaftPortAreTurnedAway() throws Exception {
    assertTurnedAway(2, raft());
  }

  /**
   * Whoever has not proven the secret hears a challenge at most, and of no other node. All at once,
   * since a node waits some seconds for a proof.
   */
  private void assertTurnedAway(int port, Stream<Bytes> strangers) throws Exception {
    List<Bytes> all = strangers.toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers =
          all.stream().map(one -> threads.submit(() -> answer(port, one.bytes()))).toList();
      for (int i = 0; i < all.size(); i++) {
        String answer = answers.get(i).get();
        assertThat(answer.length()).as(all.get(i).name()).isLessThan(CHALLENGE_BYTES_MAX);
        assertThat(answer).as(all.get(i).name()).doesNotContain("n2").doesNotContain("n3");
        for (LocalNode other : cluster.nodes()) {
          assertThat(answer).doesNotContain(":" + other.apiUri().getPort());
        }
      }
    }
  }

  /** Of an answer after which the connection may be used again. */
  private String head(byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.apiUri().getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.getOutputStream().write(request);
      StringBuilder head = new StringBuilder();
      int next = socket.getInputStream().read();
      while (next >= 0 && head.indexOf("\r\n\r\n") < 0) {
        head.append((char) next);
        next = socket.getInputStream().read();
      }
      return head.toString();
    }
  }

  /** All that it says until it hangs up, as it must. */
  private String answer(int port, byte[] request) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), node.apiUri().getPort() + port)) {
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (SocketException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|aborted).*");
      return "";
    }
  }
}
