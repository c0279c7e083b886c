// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What clients get wrong, or do on purpose: told with status, code and next, and harmless. */
final class BadInputIT {
  private static final int ANSWER_MILLIS = 30_000;
  private static final long SEED = 20_260_701;

  @SuppressWarnings("NullAway.Init")
  private static LocalCluster cluster;

  @SuppressWarnings("NullAway.Init")
  private static Rest rest;

  @BeforeAll
  static void start() {
    cluster = LocalCluster.builder().start();
    rest = new Rest();
  }

  @AfterAll
  static void stop() {
    rest.close();
    cluster.close();
  }

  @AfterEach
  void nothingIsBroken() throws Exception {
    assertThat(cluster.nodes()).allMatch(LocalNode::isAlive);
    LocalNode node = cluster.node("n1");
    assertThat(rest.send(node, "PUT", "/v1/objects/sound", "body").statusCode())
        .isBetween(200, 201);
    assertThat(rest.send(cluster.node("n2"), "GET", "/v1/objects/sound", "").body())
        .isEqualTo("body");
    String session = session(node);
    HttpResponse<String> lock = acquire(node, "sound", session, "h");
    assertThat(lock.statusCode()).as(lock.body()).isEqualTo(200);
    assertThat(rest.send(node, "DELETE", "/v1/sessions/" + session, "").statusCode())
        .isBetween(200, 204);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST | /v1/sessions | {"ttl":                  | 400 | MALFORMED_JSON
          POST | /v1/sessions | {"ttl":"10s"} x          | 400 | MALFORMED_JSON
          POST | /v1/sessions | {"ttl":"10s","color":1}  | 400 | UNKNOWN_FIELD
          POST | /v1/sessions | {"ttl":{"s":10}}         | 400 | WRONG_TYPE
          POST | /v1/sessions | {"ttl":"0s"}             | 400 | BAD_TTL
          POST | /v1/sessions | {"ttl":"8760h"}          | 400 | BAD_TTL
          POST | /v1/sessions | {"ttl":"10"}             | 400 | BAD_TTL
          POST | /v1/sessions | {}                       | 400 | BAD_TTL
          POST | /v1/sessions/AAAAAAAAAAAAAAAAAAAAAA/keepalive | '' | 404 | SESSION_NOT_FOUND
          POST | /v1/locks/a  | {"session":"AAAAAAAAAAAAAAAAAAAAAA","holder":"h"} | 404 | SESSION_NOT_FOUND
          POST | /v1/locks/a  | {"holder":"h"}           | 400 | MISSING_FIELD
          POST | /v1/locks/a  | {"session":"AAAAAAAAAAAAAAAAAAAAAA","holder":"h","wait":"1h"} | 400 | BAD_WAIT
          PUT  | /v1/objects/a/../b     | x | 400 | BAD_KEY
          PUT  | /v1/objects/a/%2e%2e/b | x | 400 | BAD_KEY
          PUT  | /v1/objects/a//b       | x | 400 | BAD_KEY
          PUT  | /v1/objects/a/%FF      | x | 400 | BAD_ENCODING
          GET  | /v1/objects?limit=-1   | '' | 400 | BAD_QUERY
          GET  | /v1/nothing            | '' | 404 | NO_ROUTE
          PUT  | /v1/sessions           | '' | 405 | METHOD_NOT_ALLOWED
          PATCH | /v1/sessions          | '' | 501 | METHOD_UNKNOWN
          DELETE | /v1/cluster/nodes/n9 | '' | 404 | NODE_NOT_FOUND
          GET  | /v1/session            | '' | 426 | UPGRADE_REQUIRED
          """)
  void isToldWhatIsWrong(String method, String path, String body, int status, String code)
      throws Exception {
    assertProblem(request(method, path, "", body), status, code);
  }

  @Test
  void percentSignsWithoutDigitsAreRefused() throws Exception {
    assertThat(answer(request("PUT", "/v1/objects/a%zz", "", "x"))).startsWith("HTTP/1.1 400");
  }

  @Test
  void aKeyOfMoreThanOneKibibyteIsRefused() throws Exception {
    String path = "/v1/objects/" + "k".repeat(1_025);

    assertProblem(request("PUT", path, "", "x"), 400, "BAD_KEY");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bytes=9999999999999- | 416
          bytes=100-200        | 416
          bytes=-0             | 416
          bytes=0-99999999999999999999999 | 206
          bytes=3-1            | 200
          bytes=-99999         | 206
          rubbish              | 200
          """)
  void rangesAreRefusedServedOrIgnoredAsTheRfcSays(String range, int status) throws Exception {
    rest.send(cluster.node("n1"), "PUT", "/v1/objects/ranged", "0123456789");

    String answer = answer(request("GET", "/v1/objects/ranged", "Range: " + range + "\r\n", ""));

    assertThat(answer).startsWith("HTTP/1.1 " + status);
  }

  @Test
  void aReleaseByAnotherHolderIsRefused() throws Exception {
    LocalNode node = cluster.node("n1");
    String session = session(node);
    assertThat(acquire(node, "owned", session, "me").statusCode()).isEqualTo(200);

    HttpResponse<String> answer =
        rest.send(node, "DELETE", "/v1/locks/owned?session=" + session + "&holder=you", "");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("NOT_HELD").contains("\"next\"");
    assertThat(rest.send(node, "GET", "/v1/locks/owned", "").body()).contains("\"me\"");
  }

  @Test
  void aBodyThatIsCutHalfWayIsNotStored() throws Exception {
    try (Socket socket = open(port(0))) {
      send(socket, head("PUT", "/v1/objects/cut", "Content-Length: 1000\r\n") + "half");
    }

    assertThat(rest.send(cluster.node("n2"), "GET", "/v1/objects/cut", "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void aContentLengthThatIsTooLongIsToldAndNothingIsStored() throws Exception {
    try (Socket socket = open(port(0))) {
      send(socket, head("PUT", "/v1/objects/long", "Content-Length: 1000\r\n") + "half");
      socket.shutdownOutput();

      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      // Who ends its side early may still listen: it is told, unless the node hung up first.
      assertThat(answer).doesNotStartWith("HTTP/1.1 2");
      if (!answer.isEmpty()) {
        assertThat(answer).startsWith("HTTP/1.1 400").containsPattern("BODY_(CUT|INCOMPLETE)");
      }
    }

    assertThat(rest.send(cluster.node("n2"), "GET", "/v1/objects/long", "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void aContentLengthThatIsTooShortCutsTheBodyAndNothingElseRuns() throws Exception {
    String smuggled = request("PUT", "/v1/objects/smuggled", "", "x");

    String answer =
        answer(head("PUT", "/v1/objects/short", "Content-Length: 2\r\n") + "he" + smuggled);

    assertThat(answer).startsWith("HTTP/1.1 201");
    assertThat(rest.send(cluster.node("n2"), "GET", "/v1/objects/short", "").body())
        .isEqualTo("he");
    assertThat(rest.send(cluster.node("n2"), "GET", "/v1/objects/smuggled", "").statusCode())
        .isEqualTo(404);
    assertProblem(
        head("POST", "/v1/sessions", "Content-Length: 5\r\n") + "{\"ttl\":\"10s\"}",
        400,
        "MALFORMED_JSON");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":                                                     | FRAME_MALFORMED
          {"type":"keepAlive","request":7,"session":"s"} x             | FRAME_MALFORMED
          {"type":"dance","request":7}                                 | FRAME_TYPE_UNKNOWN
          {"type":"keepAlive","request":7,"session":"s","color":1}     | FRAME_FIELD_UNKNOWN
          {"type":"keepAlive","request":7}                             | FRAME_FIELD_MISSING
          {"type":"keepAlive","request":"seven","session":"s"}         | FRAME_FIELD_INVALID
          {"type":"openSession","request":7,"ttlMillis":0,"seen":0}           | BAD_TTL
          {"type":"openSession","request":7,"ttlMillis":31536000000,"seen":0} | BAD_TTL
          """)
  void aJsonFrameThatIsWrongIsToldAndTheSocketGoesOn(String frame, String code) throws Exception {
    assertFailedFrame(FrameCodec.JSON, frame.getBytes(StandardCharsets.UTF_8), code);
  }

  @ParameterizedTest
  @CsvSource({
    "ff, FRAME_MALFORMED",
    "8304, FRAME_MALFORMED",
    "830407617300, FRAME_MALFORMED",
    "821903e707, FRAME_TYPE_UNKNOWN",
    "840407617300, FRAME_FIELD_UNKNOWN",
    "820407, FRAME_FIELD_MISSING",
    "83040705, FRAME_FIELD_INVALID",
    "9b7fffffffffffffff, FRAME_MALFORMED",
  })
  void aCborFrameThatIsWrongIsToldAndTheSocketGoesOn(String hex, String code) throws Exception {
    assertFailedFrame(FrameCodec.CBOR, HexFormat.of().parseHex(hex), code);
  }

  /** The answer names the fault; a frame that is in order is then answered on the same socket. */
  private static void assertFailedFrame(FrameCodec codec, byte[] frame, String code)
      throws IOException {
    try (RawFrames socket = new RawFrames(cluster.node("n1"), codec)) {
      socket.message(codec.encode(new ClientFrame.Hello("it/1", 0)));
      assertThat(socket.next()).isInstanceOf(ServerFrame.Welcome.class);
      socket.message(frame);

      assertThat(nextButSessionEnded(socket))
          .isInstanceOfSatisfying(
              ServerFrame.Failed.class,
              failed -> {
                assertThat(failed.code()).isEqualTo(code);
                assertThat(failed.status()).isEqualTo(400);
                assertThat(failed.next()).isNotBlank();
              });

      socket.message(codec.encode(new ClientFrame.OpenSession(9, 10_000, 0)));
      assertThat(nextButSessionEnded(socket)).isInstanceOf(ServerFrame.SessionOpened.class);
    }
  }

  /** A message may hold several frames: the first may be in order, and is answered by itself. */
  private static ServerFrame nextButSessionEnded(RawFrames socket) throws IOException {
    ServerFrame next = socket.next();
    return next instanceof ServerFrame.SessionEnded ? socket.next() : next;
  }

  @ParameterizedTest
  @EnumSource(FrameCodec.class)
  void aFrameOfTenMegabytesClosesTheSocketWith1009(FrameCodec codec) throws Exception {
    int size = 10_000_000;
    try (RawFrames socket = new RawFrames(cluster.node("n1"), codec)) {
      socket.frame(true, socket.opcode(), size, new byte[1_000]);

      assertThat(socket.closeCode()).as("at once, not when all has come").isEqualTo(1009);
    }
    try (RawFrames socket = new RawFrames(cluster.node("n1"), codec)) {
      socket.message(new byte[size]);

      assertThat(socket.closeCode()).isEqualTo(1009);
    } catch (java.net.SocketException e) {
      // It hung up while we still sent, so that the close frame is lost.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*");
    }
    try (RawFrames socket = new RawFrames(cluster.node("n1"), codec)) {
      byte[] part = "x".repeat(40_000).getBytes(StandardCharsets.US_ASCII);
      socket.frame(false, socket.opcode(), part.length, part);
      socket.frame(false, RawFrames.CONTINUATION, part.length, part);

      assertThat(socket.closeCode()).as("fragments count together").isEqualTo(1009);
    }
  }

  @Test
  void twoContentLengthsAreRefused() throws Exception {
    String answer =
        answer(
            head("PUT", "/v1/objects/two", "Content-Length: 1\r\nContent-Length: 5\r\n") + "hello");

    assertThat(answer).startsWith("HTTP/1.1 400");
  }

  @Test
  void aHugeHeaderIsRefused() throws Exception {
    String answer =
        answer(request("GET", "/v1/cluster", "Big: " + "x".repeat(100_000) + "\r\n", ""));

    assertThat(answer).doesNotStartWith("HTTP/1.1 200");
  }

  @Test
  void aForeignOriginAndAnUnknownSubprotocolAreRefused() throws Exception {
    String upgrade =
        """
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Version: 13
        """
            .replace("\n", "\r\n");

    assertProblem(
        head(
            "GET",
            "/v1/session",
            upgrade
                + "Sec-WebSocket-Protocol: holdfast.v1.json\r\nOrigin: http://evil.example\r\n"),
        403,
        "FOREIGN_ORIGIN");
    assertProblem(
        head("GET", "/v1/session", upgrade + "Sec-WebSocket-Protocol: soap\r\n"),
        400,
        "NO_SUBPROTOCOL");
  }

  @Test
  void garbageOnEveryPortIsSurvived() throws Exception {
    Random random = new Random(SEED);
    byte[] noise = new byte[4_096];
    for (int offset = 0; offset < 3; offset++) {
      for (int round = 0; round < 5; round++) {
        random.nextBytes(noise);
        hurl(port(offset), noise);
      }
      hurl(port(offset), head("GET", "/", "").getBytes(StandardCharsets.UTF_8));
      hurl(port(offset), new byte[] {0x16, 3, 1, 0, (byte) 200, 1, 0, 0, (byte) 196, 3, 3});
      hurl(port(offset), new byte[] {0x7f, -1, -1, -1, -1, -1, -1, -1});
    }
  }

  @Test
  void aHundredSlowConnectionsKeepNobodyOut() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = open(port(0));
        slow.add(socket);
        send(socket, "PUT /v1/objects/slow HTTP/1.1\r\nHost: ");
      }

      nothingIsBroken();
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private static String session(LocalNode node) throws Exception {
    HttpResponse<String> answer = rest.send(node, "POST", "/v1/sessions", "{\"ttl\":\"10s\"}");
    return Rest.JSON.readTree(answer.body()).path("session").stringValue();
  }

  private static HttpResponse<String> acquire(
      LocalNode node, String lock, String session, String holder) throws Exception {
    return rest.send(
        node,
        "POST",
        "/v1/locks/" + lock,
        "{\"session\":\"%s\",\"holder\":\"%s\",\"mode\":\"exclusive\",\"wait\":\"5s\"}"
            .formatted(session, holder));
  }

  private static void assertProblem(String request, int status, String code) throws IOException {
    String answer = answer(request);
    assertThat(answer).startsWith("HTTP/1.1 " + status).contains("application/problem+json");
    JsonNode problem = Rest.JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    assertThat(problem.path("status").intValue()).isEqualTo(status);
    assertThat(problem.path("code").stringValue()).isEqualTo(code);
    assertThat(problem.path("next").stringValue()).isNotBlank();
  }

  private static String request(String method, String path, String headers, String body) {
    return head(method, path, headers + "Content-Length: " + body.length() + "\r\n") + body;
  }

  private static String head(String method, String path, String headers) {
    String host = cluster.node("n1").apiUri().getAuthority();
    String close = headers.contains("Upgrade") ? "" : "Connection: close\r\n";
    String type = Rest.takesJson(path) ? "Content-Type: application/json\r\n" : "";
    return "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n"
        .formatted(method, path, host, close, type, headers);
  }

  /** All that the node says until it closes, or until the end of the announced body. */
  private static String answer(String request) throws IOException {
    try (Socket socket = open(port(0))) {
      send(socket, request);
      StringBuilder text = new StringBuilder();
      InputStream in = socket.getInputStream();
      byte[] part = new byte[8_192];
      for (int n = in.read(part); n >= 0 && !isWhole(text); n = in.read(part)) {
        text.append(new String(part, 0, n, StandardCharsets.UTF_8));
        if (isWhole(text)) {
          break;
        }
      }
      return text.toString();
    }
  }

  private static boolean isWhole(CharSequence text) {
    String answer = text.toString();
    int body = answer.indexOf("\r\n\r\n") + 4;
    var length = java.util.regex.Pattern.compile("(?i)content-length: (\\d+)").matcher(answer);
    return body >= 4
        && length.find()
        && answer.length() - body >= Integer.parseInt(length.group(1));
  }

  /** Sends and waits until the node hangs up, or for a moment: it owes no answer. */
  private static void hurl(int port, byte[] bytes) throws IOException {
    try (Socket socket = open(port)) {
      socket.setSoTimeout(200);
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      socket.getInputStream().readAllBytes();
    } catch (SocketTimeoutException e) {
      assertThat(cluster.nodes()).allMatch(LocalNode::isAlive);
    } catch (java.net.SocketException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|aborted).*");
    }
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(ANSWER_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
    } catch (java.net.SocketException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*");
    }
  }

  /** Of n1: 0 for clients, 1 for peers, 2 for Raft. */
  private static int port(int offset) {
    return cluster.node("n1").apiUri().getPort() + offset;
  }
}
