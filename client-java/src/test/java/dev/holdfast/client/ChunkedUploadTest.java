// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.client.rest.ChunkedUpload;
import dev.holdfast.protocol.ChunkProof;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.UploadBodies;
import dev.holdfast.protocol.WireJson;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of 17 chunks, of which two are equal, against a node that keeps chunks in memory. */
class ChunkedUploadTest {
  private static final int MIB = 1 << 20;
  private static final String SALT = "00112233445566778899aabbccddeeff";
  private static final HexFormat HEX = HexFormat.of();

  private final FakeNode node = new FakeNode("n1", new FakeCluster());
  private final Holdfast holdfast = Holdfast.connect(ClientConfig.of(node.api()));
  private final Set<String> chunks = ConcurrentHashMap.newKeySet();
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<UploadBodies.Info> uploads = new CopyOnWriteArrayList<>();

  /** Codes that the next commits are refused with. */
  private final List<String> refusals = new CopyOnWriteArrayList<>();

  private final AtomicInteger ids = new AtomicInteger();
  private final byte[] bytes = new byte[17 * MIB - 3];

  /** The chunks that the file has at first, by their hashes. */
  private final Map<String, byte[]> known = new ConcurrentHashMap<>();

  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    for (int i = 0; i < 17; i++) {
      bytes[i * MIB] = (byte) (i == 9 ? 8 : i);
      known.put(sum(chunk(i)), chunk(i));
    }
    file = Files.write(folder.resolve("f"), bytes);
    node.rest = this::handle;
  }

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  private ObjectBodies.Put put() throws IOException {
    return holdfast.objects().put("a b/ü", file, WriteOptions.NONE.contentType("x/y"));
  }

  @Test
  void sendsEachMissingChunkOnceAndCommits() throws IOException {
    chunks.add(sum(chunk(3)));

    assertThat(put().sha256()).isEqualTo(sum(bytes));

    assertThat(sent).hasSize(15).doesNotHaveDuplicates().doesNotContain(sum(chunk(3)));
    assertThat(uploads).isEmpty();
    assertThat(requests).contains("commit x/y");
  }

  @Test
  void goesOnWithAnUploadOfTheSameBytes() throws IOException {
    uploads.add(upload("old", "00".repeat(32)));
    uploads.add(upload("mine", sum(bytes)));

    put();

    assertThat(requests).doesNotContain("POST /v1/uploads");
    assertThat(uploads).hasSize(1).allMatch(upload -> upload.id().equals("old"));
  }

  @Test
  void sendsAgainWhatWasLostAndBeginsAgainWhenItIsOver() throws IOException {
    refusals.addAll(List.of("CHUNKS_MISSING", "NO_SUCH_UPLOAD"));

    put();

    assertThat(requests.stream().filter("POST /v1/uploads"::equals)).hasSize(2);
    assertThat(sent).hasSize(2 * 16);
  }

  @Test
  void forgetsAnUploadWhoseCommitIsRefused() {
    refusals.add("PRECONDITION_FAILED");

    assertThat(catchThrowableOfType(RefusedException.class, this::put)).isNotNull();

    assertThat(uploads).isEmpty();
  }

  @Test
  void sendsTheFileItselfToNodesThatKnowNoUploads() throws IOException {
    node.rest =
        exchange -> {
          if (exchange.getRequestURI().startsWith("/v1/uploads")) {
            problem(exchange, 404, "NO_ROUTE");
          } else {
            commit(exchange, exchange.getInputStream().readAllBytes().length);
          }
        };

    assertThat(put().size()).isEqualTo(bytes.length);
  }

  /** A node that is cut off keeps it as provisional, and must not be asked in vain for long. */
  @Test
  void sendsTheFileItselfWhereNoMajorityCanBeAsked() throws IOException {
    node.rest =
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          if (exchange.getRequestURI().startsWith("/v1/uploads")) {
            problem(exchange, 503, "NO_MAJORITY");
          } else {
            commit(exchange, exchange.getInputStream().readAllBytes().length);
          }
        };

    assertThat(put().size()).isEqualTo(bytes.length);
    assertThat(requests).containsOnlyOnce("GET /v1/uploads");
  }

  @Test
  void storesNothingOfAFileThatChangesMeanwhile() {
    node.rest =
        exchange -> {
          if (exchange.getRequestURI().equals("/v1/chunks/missing")) {
            bytes[0]++;
            Files.write(file, bytes);
          }
          handle(exchange);
        };
    refusals.add("CHUNKS_MISSING");

    RefusedException refused = catchThrowableOfType(RefusedException.class, this::put);

    assertThat(refused.getMessage()).contains("changed while it was read");
  }

  @Test
  void isForLargeFilesOnly() throws IOException {
    Files.write(file, new byte[(int) ChunkedUpload.BYTES_MIN - 1]);
    node.rest =
        exchange -> {
          requests.add(exchange.getRequestMethod().toString());
          commit(exchange, exchange.getInputStream().readAllBytes().length);
        };

    put();

    assertThat(requests).containsExactly("PUT");
  }

  // ---- The node ----

  private void handle(HttpServerExchange exchange) throws IOException {
    byte[] body = exchange.getInputStream().readAllBytes();
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add(request);
    if (request.equals("GET /v1/uploads")) {
      json(exchange, 200, new UploadBodies.Page(uploads, null));
    } else if (request.equals("POST /v1/uploads")) {
      UploadBodies.Create asked = read(body, UploadBodies.Create.class);
      uploads.add(upload("u" + ids.incrementAndGet(), String.valueOf(asked.sha256())));
      json(exchange, 201, uploads.get(uploads.size() - 1));
    } else if (request.startsWith("DELETE ")) {
      end(request.substring(request.lastIndexOf('/') + 1));
      exchange.setStatusCode(204);
    } else if (request.equals("POST /v1/chunks/missing")) {
      json(exchange, 200, missing(read(body, UploadBodies.Ask.class)));
    } else if (request.startsWith("PUT /v1/chunks/")) {
      sent.add(sum(body));
      chunks.add(sum(body));
      ObjectBodies.Copies copies = new ObjectBodies.Copies(1, 1);
      json(exchange, 200, new UploadBodies.Stored(sum(body), body.length, copies));
    } else if (refusals.isEmpty()) {
      assertThat(new String(body, StandardCharsets.US_ASCII)).isEqualTo(manifest());
      requests.add("commit " + exchange.getRequestHeaders().getFirst("Content-Type"));
      end(exchange.getQueryString().replace("upload=", ""));
      commit(exchange, bytes.length);
    } else {
      refuse(exchange, refusals.remove(0));
    }
  }

  private void refuse(HttpServerExchange exchange, String code) {
    if (code.equals("NO_SUCH_UPLOAD")) {
      uploads.clear();
    } else if (code.equals("CHUNKS_MISSING")) {
      chunks.clear();
    }
    problem(exchange, code.equals("PRECONDITION_FAILED") ? 412 : 409, code);
  }

  private void end(String id) {
    uploads.removeIf(upload -> upload.id().equals(id));
  }

  private UploadBodies.Missing missing(UploadBodies.Ask ask) {
    return new UploadBodies.Missing(
        ask.chunks().stream()
            .filter(name -> !chunks.contains(name.sha256()) || !isProven(name))
            .map(UploadBodies.Name::sha256)
            .distinct()
            .toList());
  }

  private boolean isProven(UploadBodies.Name name) {
    byte[] chunk = known.get(name.sha256());
    return chunk != null
        && chunk.length == name.length()
        && HEX.formatHex(ChunkProof.of(HEX.parseHex(SALT), chunk)).equals(name.proof());
  }

  private String manifest() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 17; i++) {
      text.append(sum(chunk(i))).append(' ').append(chunk(i).length).append('\n');
    }
    return text.toString();
  }

  private byte[] chunk(int number) {
    return Arrays.copyOfRange(bytes, number * MIB, Math.min(bytes.length, (number + 1) * MIB));
  }

  private static UploadBodies.Info upload(String id, String sha256) {
    return new UploadBodies.Info(
        id, "a b/ü", 1L, sha256, MIB, SALT, "then", "later", 0, 0, 0, List.of("n1"));
  }

  private static String sum(byte[] bytes) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T read(byte[] body, Class<T> type) {
    return WireJson.requests().readValue(body, type);
  }

  private void commit(HttpServerExchange exchange, long size) {
    json(
        exchange,
        201,
        new ObjectBodies.Put(
            "a b/ü",
            "v1",
            List.of(),
            "confirmed",
            size,
            sum(bytes),
            false,
            new ObjectBodies.Copies(1, 1),
            "majority",
            false));
  }

  private static void json(HttpServerExchange exchange, int status, Object body) {
    exchange.setStatusCode(status);
    exchange.getResponseSender().send(ByteBuffer.wrap(WireJson.answers().writeValueAsBytes(body)));
  }

  private static void problem(HttpServerExchange exchange, int status, String code) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Problem.MEDIA_TYPE);
    json(
        exchange,
        status,
        Map.of("status", status, "code", code, "detail", "because", "next", "do"));
  }
}
