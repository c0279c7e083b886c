// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.ChunkProof;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.UploadBodies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Stores a large body, sending only the chunks that the cluster lacks. An earlier attempt at the
 * same bytes for the same key is gone on with, whichever process began it and whichever node it
 * came to. Blocking, for one body; what it throws is what {@link RestClient} throws, {@link
 * BodyException} when the body cannot be read, and nothing is stored then.
 *
 * <pre>
 *   hash ──► upload, new or found ──► what is missing? ──► send that ──► commit
 *                                          ▲    lost meanwhile            │
 *                                          └──────────────────────────────┘
 * </pre>
 *
 * <p>The body is read twice, a few megabytes at a time.
 */
public final class ChunkedUpload {
  /** From here on it costs less to ask than to send in vain. */
  public static final long BYTES_MIN = 16L << 20;

  private static final int SENDERS = 8;

  /** Chunks in memory. */
  private static final int AT_ONCE = 16;

  /** Chunks can be lost between the answer and the commit, but hardly again and again. */
  private static final int COMMITS_MAX = 3;

  private static final Duration COMMIT = Duration.ofSeconds(60);

  /** A commit reads all bytes once, and copies some. */
  private static final long SLOWEST_BYTES_PER_SECOND = 16 << 20;

  private static final HexFormat HEX = HexFormat.of();

  private final RestClient rest;
  private final String key;
  private final RequestBody body;
  private final Progress progress;

  /** Learns how far it is; called by several threads. */
  public interface Progress {
    Progress NONE =
        new Progress() {
          @Override
          public void sent(long bytes) {}

          @Override
          public void skipped(long bytes) {}
        };

    /** So many more bytes were sent. */
    void sent(long bytes);

    /** So many more bytes need not be sent: the cluster has them. */
    void skipped(long bytes);
  }

  /**
   * @param body of known length, at least a byte, that can be opened again and again
   */
  public ChunkedUpload(RestClient rest, String key, RequestBody body, Progress progress) {
    if (body.length() < 1 || !body.isRepeatable()) {
      throw new IllegalArgumentException("a body of " + body.length() + " bytes, read once");
    }
    this.rest = rest;
    this.key = key;
    this.body = body;
    this.progress = progress;
  }

  /** The chunks of a body, and the hash of all of it. */
  private record Digests(String whole, List<String> chunks, long length) {
    int length(int chunk) {
      long before = (long) chunk * UploadBodies.CHUNK_BYTES;
      return (int) Math.min(length - before, UploadBodies.CHUNK_BYTES);
    }

    byte[] manifest() {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < chunks.size(); i++) {
        text.append(chunks.get(i)).append(' ').append(length(i)).append('\n');
      }
      return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** A chunk in memory. */
  @SuppressWarnings("ArrayRecordComponent") // a megabyte is passed on, never compared
  private record Piece(String name, byte[] bytes) {
    void requireUnchanged() {
      if (!HEX.formatHex(sha256().digest(bytes)).equals(name)) {
        throw new BodyException("not stored: the body changed while it was read", null);
      }
    }
  }

  /**
   * Whether a body is worth it: large enough, and readable more than once. Others are sent as they
   * are.
   */
  public static boolean isWorthwhile(RequestBody body) {
    return body.length() >= BYTES_MIN
        && body.length() <= (long) UploadBodies.CHUNKS_MAX * UploadBodies.CHUNK_BYTES
        && body.isRepeatable();
  }

  /**
   * @param put without a body: its headers and its query are those of the write
   * @return the answer, or empty when no upload can be begun: send the body itself, which nodes may
   *     take that are older, or cut off from the others
   */
  public Optional<ObjectBodies.Put> run(RestRequest put) {
    Digests digests = read();
    for (int i = 1; ; i++) {
      Optional<UploadBodies.Info> upload = begin(digests);
      if (upload.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(commit(put, upload.get(), digests));
      } catch (ProblemException e) {
        // Somebody else has ended it: by a commit of the same bytes, or as it expired.
        if (!e.is("NO_SUCH_UPLOAD") || i == COMMITS_MAX) {
          throw e;
        }
      }
    }
  }

  private Optional<UploadBodies.Info> begin(Digests digests) {
    // Not for long: while no majority can be asked, the body itself is sent.
    RestClient once = rest.impatient();
    try {
      Optional<UploadBodies.Info> found = find(once, digests);
      return found.isPresent() ? found : Optional.of(create(once, digests));
    } catch (ProblemException e) {
      if (e.is("NO_ROUTE") || e.is("TOO_MANY_UPLOADS") || isTemporary(e)) {
        return Optional.empty();
      }
      throw e;
    } catch (NoAnswerException e) {
      return Optional.empty();
    }
  }

  private static boolean isTemporary(ProblemException e) {
    return e.problem().status() >= 500 || e.problem().status() == 429;
  }

  private ObjectBodies.Put commit(RestRequest put, UploadBodies.Info upload, Digests digests) {
    for (int i = 1; ; i++) {
      sendMissing(upload, digests);
      try {
        return rest.read(manifest(put, upload, digests), ObjectBodies.Put.class);
      } catch (ProblemException e) {
        if (!e.is("CHUNKS_MISSING")) {
          abort(upload, e);
          throw e;
        }
        if (i == COMMITS_MAX) {
          throw e;
        }
      }
    }
  }

  /** What will be refused again is in nobody's way any longer. */
  private void abort(UploadBodies.Info upload, ProblemException why) {
    if (isTemporary(why)) {
      return;
    }
    try {
      rest.done(RestRequest.of("DELETE", target(upload.id())).harmless());
    } catch (RestException e) {
      why.addSuppressed(e); // It ends by itself, later.
    }
  }

  private RestRequest manifest(RestRequest put, UploadBodies.Info upload, Digests digests) {
    String joined = put.target().contains("?") ? "&" : "?";
    return new RestRequest(
            put.method(),
            put.target() + joined + "upload=" + upload.id(),
            put.headers(),
            RequestBody.of(digests.manifest()),
            put.repeat(),
            COMMIT.plusSeconds(digests.length / SLOWEST_BYTES_PER_SECOND))
        .header(ObjectBodies.SHA256_HEADER, digests.whole);
  }

  private Optional<UploadBodies.Info> find(RestClient once, Digests digests) {
    @Nullable String after = "";
    while (after != null) {
      UploadBodies.Page page =
          once.read(
              RestRequest.of(
                  "GET", "/v1/uploads?key=" + UriText.component(key) + "&after=" + after),
              UploadBodies.Page.class);
      for (UploadBodies.Info upload : page.uploads()) {
        if (digests.whole.equals(upload.sha256())) {
          return Optional.of(upload);
        }
      }
      after = page.next();
    }
    return Optional.empty();
  }

  /** Harmless twice: the one that nobody uses ends by itself. */
  private UploadBodies.Info create(RestClient once, Digests digests) {
    return once.read(
        RestRequest.of("POST", "/v1/uploads")
            .json(new UploadBodies.Create(key, digests.length, digests.whole))
            .harmless(),
        UploadBodies.Info.class);
  }

  private static String target(String upload) {
    return "/v1/uploads/" + upload;
  }

  // ---- Chunks ----

  private Digests read() {
    MessageDigest whole = sha256();
    List<String> chunks = new ArrayList<>();
    long length = 0;
    try (InputStream in = body.open()) {
      for (byte[] chunk = next(in); chunk.length > 0; chunk = next(in)) {
        whole.update(chunk);
        chunks.add(HEX.formatHex(sha256().digest(chunk)));
        length += chunk.length;
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    if (length != body.length()) {
      throw new BodyException(
          "not stored: the body has " + length + " bytes, not " + body.length(), null);
    }
    return new Digests(HEX.formatHex(whole.digest()), chunks, length);
  }

  private void sendMissing(UploadBodies.Info upload, Digests digests) {
    byte[] salt = HEX.parseHex(upload.salt());
    ExecutorService senders = Executors.newFixedThreadPool(SENDERS, ChunkedUpload::thread);
    try (InputStream in = body.open()) {
      for (int at = 0; at < digests.chunks.size(); at += AT_ONCE) {
        int end = Math.min(digests.chunks.size(), at + AT_ONCE);
        List<Piece> pieces = new ArrayList<>();
        for (int i = at; i < end; i++) {
          Piece piece = new Piece(digests.chunks.get(i), next(in));
          if (piece.bytes.length != digests.length(i)) {
            piece.requireUnchanged();
          }
          pieces.add(piece);
        }
        sendMissing(upload, missing(upload, salt, pieces), pieces, senders);
      }
    } catch (IOException e) {
      throw unreadable(e);
    } finally {
      senders.shutdownNow();
    }
  }

  private Set<String> missing(UploadBodies.Info upload, byte[] salt, List<Piece> pieces) {
    List<UploadBodies.Name> names =
        pieces.stream()
            .map(piece ->
                new UploadBodies.Name(
                    piece.name,
                    piece.bytes.length,
                    HEX.formatHex(ChunkProof.of(salt, piece.bytes))))
            .toList();
    RestRequest question =
        RestRequest.of("POST", "/v1/chunks/missing")
            .json(new UploadBodies.Ask(upload.id(), names))
            .harmless();
    return new HashSet<>(rest.read(question, UploadBodies.Missing.class).missing());
  }

  private void sendMissing(
      UploadBodies.Info upload, Set<String> missing, List<Piece> pieces, ExecutorService senders) {
    List<Future<?>> sent = new ArrayList<>();
    for (Piece piece : pieces) {
      // Once, though it may stand there several times.
      if (missing.remove(piece.name)) {
        sent.add(senders.submit(() -> send(upload, piece)));
      } else {
        progress.skipped(piece.bytes.length);
      }
    }
    sent.forEach(ChunkedUpload::join);
  }

  private void send(UploadBodies.Info upload, Piece piece) {
    piece.requireUnchanged();
    UploadBodies.Stored unused =
        rest.read(
            RestRequest.of("PUT", "/v1/chunks/" + piece.name + "?upload=" + upload.id())
                .body(RequestBody.of(piece.bytes))
                .harmless(),
            UploadBodies.Stored.class);
    progress.sent(piece.bytes.length);
  }

  private static void join(Future<?> sent) {
    try {
      sent.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedCallException(false, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a chunk could not be sent", e.getCause());
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "holdfast-upload");
    thread.setDaemon(true);
    return thread;
  }

  private static byte[] next(InputStream in) throws IOException {
    return in.readNBytes(UploadBodies.CHUNK_BYTES);
  }

  private static BodyException unreadable(IOException e) {
    return new BodyException("not stored: the body cannot be read: " + e, e);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
