// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.http.HostNames;
import dev.holdfast.node.http.HttpLimits;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.RawClient;
import dev.holdfast.node.http.RequestMetrics;
import dev.holdfast.protocol.ChunkProof;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Uploads as a client without a library has them, through a socket. {@code ID} is an upload of the
 * object {@code k} with five bytes, {@code SUM} the hash of its chunk.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UploadHttpTest {
  private static final String TEXT = "hello";
  private static final String SUM = sum(TEXT);

  private final HttpServer server =
      new HttpServer(
          new HttpServer.Settings(
              "127.0.0.1", 0, HostNames.of("127.0.0.1", Set.of()), HttpLimits.DEFAULT),
          RequestMetrics.NONE,
          new SplittableRandom(1),
          System::nanoTime);

  @SuppressWarnings("NullAway.Init")
  private ObjectCluster cluster;

  private int port;
  private String id = "";

  private static String sum(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.ISO_8859_1)).toHex();
  }

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    cluster = new ObjectCluster(folder, 1);
    cluster.node("n1").routes().register(server.router());
    cluster.node("n1").uploadRoutes().register(server.router());
    port = server.start().getPort();
    id = create("k", 5);
  }

  @AfterAll
  void stop() {
    try (ObjectCluster _ = cluster) {
      server.close();
    }
  }

  private String create(String key, long size) throws IOException {
    String answer = send("POST /v1/uploads", "{\"key\":\"%s\",\"size\":%d}".formatted(key, size));
    assertThat(answer).startsWith("HTTP/1.1 201 ");
    return field(answer, "id");
  }

  private static String field(String answer, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer);
    assertThat(matcher.find()).as(name + " in " + answer).isTrue();
    return matcher.group(1);
  }

  /**
   * @param answer begins with it: status, space, what its head or body has
   */
  record Row(String request, String body, int status, String answer) {
    @Override
    public String toString() {
      return request + " → " + status + " " + answer;
    }
  }

  private static String ask(String chunks) {
    return "{\"upload\":\"ID\",\"chunks\":[" + chunks + "]}";
  }

  private static String name(String sha256, int length) {
    return "{\"sha256\":\"%s\",\"length\":%d}".formatted(sha256, length);
  }

  private static String names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> name(sum("chunk" + i), 5))
        .collect(Collectors.joining(","));
  }

  static Stream<Row> creations() {
    String uploads = "POST /v1/uploads";
    String most = Long.toString(Content.SIZE_BYTES_MAX + 1);
    return Stream.of(
        new Row(uploads, "{\"key\":\"\"}", 400, "BAD_KEY"),
        new Row(uploads, "{\"key\":\"a/../b\"}", 400, "BAD_KEY"),
        new Row(uploads, "{}", 400, "INVALID_VALUE"),
        new Row(uploads, "{\"key\":\"k\",\"size\":0}", 400, "INVALID_VALUE"),
        new Row(uploads, "{\"key\":\"k\",\"size\":-1}", 400, "INVALID_VALUE"),
        new Row(uploads, "{\"key\":\"k\",\"size\":\"5\"}", 400, "WRONG_TYPE"),
        new Row(uploads, "{\"key\":\"k\",\"size\":" + most + "}", 413, "TOO_LARGE"),
        new Row(uploads, "{\"key\":\"k\",\"sha256\":\"ab\"}", 400, "INVALID_VALUE"),
        new Row(uploads, "{\"key\":\"k\",\"what\":1}", 400, "UNKNOWN_FIELD"),
        new Row("GET /v1/uploads", "", 200, "\"uploads\":\\[.*\"ageSeconds\":\\d"),
        new Row("GET /v1/uploads?limit=0", "", 400, "BAD_QUERY"),
        new Row("GET /v1/uploads?after=%20", "", 400, "BAD_QUERY"),
        new Row(
            "GET /v1/uploads/ID",
            "",
            200,
            "\"expires\":\"\\d{4}-.*\"chunkBytes|chunkBytes.*expires"),
        new Row("GET /v1/uploads/nothing", "", 404, "NO_SUCH_UPLOAD"),
        new Row("DELETE /v1/uploads/" + "0".repeat(48), "", 404, "NO_SUCH_UPLOAD"));
  }

  static Stream<Row> chunks() {
    String missing = "POST /v1/chunks/missing";
    return Stream.of(
        new Row(missing, ask(name(SUM, 5)), 200, "\"missing\":\\["),
        new Row(missing, ask(""), 200, "\"missing\":\\[]"),
        new Row(missing, ask(names(128)), 200, "missing"),
        new Row(missing, ask(names(129)), 400, "INVALID_VALUE"),
        new Row(missing, ask(name("AB", 5)), 400, "INVALID_VALUE"),
        new Row(missing, ask(name(SUM, 0)), 400, "INVALID_VALUE"),
        new Row(missing, ask(name(SUM, Content.FIXED_CHUNK_BYTES + 1)), 400, "INVALID_VALUE"),
        new Row(missing, ask("null"), 400, "INVALID_VALUE"),
        new Row(missing, "{\"upload\":\"ID\"}", 400, "INVALID_VALUE"),
        new Row(missing, "{\"chunks\":[]}", 400, "INVALID_VALUE"),
        new Row(missing, "{\"upload\":\"x\",\"chunks\":[]}", 404, "NO_SUCH_UPLOAD"),
        new Row("PUT /v1/chunks/" + SUM, TEXT, 400, "BAD_QUERY"),
        new Row("PUT /v1/chunks/" + SUM + "?upload=x", TEXT, 404, "NO_SUCH_UPLOAD"),
        new Row("PUT /v1/chunks/AB?upload=ID", TEXT, 400, "INVALID_VALUE"),
        new Row("PUT /v1/chunks/" + SUM + "?upload=ID", "hallo", 400, "CHECKSUM_MISMATCH"),
        new Row("PUT /v1/chunks/" + sum("") + "?upload=ID", "", 400, "BAD_MANIFEST"),
        new Row("PUT /v1/chunks/" + sum("hello!") + "?upload=ID", "hello!", 413, "UPLOAD_FULL"),
        new Row("GET /v1/chunks/" + SUM, "", 405, "Allow: OPTIONS, PUT"));
  }

  static Stream<Row> commits() {
    String put = "PUT /v1/objects/k?upload=ID";
    String whole = SUM + " " + Content.FIXED_CHUNK_BYTES + "\n";
    return Stream.of(
        new Row(put, sum("unknown") + " 5\n", 409, "CHUNKS_MISSING"),
        new Row(put, SUM + " 4\n", 400, "BAD_MANIFEST"),
        new Row(put, SUM + "\n", 400, "BAD_MANIFEST"),
        new Row(put, SUM + "  5\n", 400, "BAD_MANIFEST"),
        new Row(put, SUM + " -5\n", 400, "BAD_MANIFEST"),
        new Row(put, SUM + " 99999999\n", 400, "BAD_MANIFEST"),
        new Row(put, SUM + " 5\n" + SUM + " 5\n", 400, "BAD_MANIFEST"),
        new Row(put, "\n", 400, "BAD_MANIFEST"),
        new Row(put, "", 400, "BAD_MANIFEST"),
        new Row(put, whole.repeat(Content.CHUNKS_MAX + 1), 400, "more than 32768 chunks"),
        new Row("PUT /v1/objects/other?upload=ID", SUM + " 5\n", 409, "UPLOAD_OF_OTHER_KEY"),
        new Row("PUT /v1/objects/k?upload=x", SUM + " 5\n", 404, "NO_SUCH_UPLOAD"),
        new Row("POST /v1/uploads/ID", "x", 400, "BAD_QUERY"),
        new Row("POST /v1/uploads/ID?offset=-1", "x", 400, "BAD_QUERY"),
        new Row("POST /v1/uploads/ID?offset=1", "x", 409, "WRONG_OFFSET"),
        new Row("POST /v1/uploads/ID?offset=0", "hello!", 413, "UPLOAD_FULL"),
        new Row("POST /v1/uploads/x?offset=0", "x", 404, "NO_SUCH_UPLOAD"));
  }

  @ParameterizedTest
  @MethodSource({"creations", "chunks", "commits"})
  void answers(Row row) throws IOException {
    String answer = send(row.request().replace("ID", id), row.body().replace("ID", id));

    assertThat(answer).startsWith("HTTP/1.1 " + row.status() + " ");
    assertThat(answer).containsPattern(Pattern.compile(row.answer(), Pattern.CASE_INSENSITIVE));
  }

  /** The whole way of a client with nothing but sockets, then once more by a proof alone. */
  @Test
  void storesWhatIsMissingAndCommits() throws IOException {
    String first = create("way", 5);
    String store = "PUT /v1/chunks/" + SUM + "?upload=" + first;
    assertThat(send(store, TEXT)).contains("\"written\":1");
    assertThat(send(store, TEXT)).as("twice").startsWith("HTTP/1.1 200 ");
    String commit = "PUT /v1/objects/way?upload=" + first;
    String headers = "\r\nContent-Type: text/plain\r\nHoldfast-Request: r1\r\nHoldfast-Meta-a: b";
    String refused = send(commit + "\r\nIf-Match: \"" + SUM + '"', SUM + " 5\n");
    assertThat(refused).startsWith("HTTP/1.1 412 ");

    String committed = send(commit + headers, SUM + " 5\n");

    assertThat(committed).startsWith("HTTP/1.1 201 ").contains("\"size\":5");
    assertThat(send(commit + headers, SUM + " 5\n"))
        .as("the same request again")
        .contains(field(committed, "version"));
    assertThat(send(commit, SUM + " 5\n")).contains("NO_SUCH_UPLOAD");
    assertThat(send("GET /v1/objects/way", ""))
        .containsIgnoringCase("content-type: text/plain")
        .containsIgnoringCase("holdfast-meta-a: b")
        .endsWith(TEXT);

    String large = "x".repeat(Content.INLINE_BYTES_MAX + 1);
    send("PUT /v1/objects/large", large);
    String second = send("POST /v1/uploads", "{\"key\":\"large2\"}");
    byte[] salt = HexFormat.of().parseHex(field(second, "salt"));
    byte[] proof = ChunkProof.of(salt, large.getBytes(StandardCharsets.ISO_8859_1));
    String asked =
        "{\"upload\":\"%s\",\"chunks\":[{\"sha256\":\"%s\",\"length\":%d,\"proof\":\"%s\"}]}"
            .formatted(field(second, "id"), sum(large), large.length(), Bytes.wrap(proof).toHex());
    assertThat(send("POST /v1/chunks/missing", asked)).contains("\"missing\":[]");
    assertThat(send("DELETE /v1/uploads/" + field(second, "id"), "")).startsWith("HTTP/1.1 204 ");
    assertThat(send("DELETE /v1/uploads/" + field(second, "id"), "")).contains("NO_SUCH_UPLOAD");
  }

  private String send(String head, String body) throws IOException {
    int end = (head + "\r\n").indexOf("\r\n");
    StringBuilder request = new StringBuilder(head.substring(0, end)).append(" HTTP/1.1");
    request.append(head.substring(end)).append("\r\nHost: 127.0.0.1\r\n");
    if (body.startsWith("{")) {
      request.append("Content-Type: application/json\r\n");
    }
    if (!head.startsWith("GET")) {
      request.append("Content-Length: ").append(body.length()).append("\r\n");
    }
    try (RawClient raw = new RawClient(port)) {
      return raw.send(request + "Connection: close\r\n\r\n" + body).readToEnd();
    }
  }
}
