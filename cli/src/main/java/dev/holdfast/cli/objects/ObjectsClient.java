// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.client.rest.ChunkedUpload;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.HeaderText;
import dev.holdfast.protocol.ObjectBodies;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** {@code /v1/objects}. Blocking, safe for any number of threads. */
final class ObjectsClient {
  private static final int PAGE = 1000;

  /** So much of a stream is kept in memory, so that it can be sent again. */
  private static final int REPEATABLE_BYTES_MAX = 4 << 20;

  private static final int DOWNLOAD_ATTEMPTS = 10;

  /** When the last piece of a body has left, as much as this may still be on its way to disks. */
  private static final long LARGE_BYTES = 1 << 20;

  private static final Duration LARGE_ANSWER = Duration.ofSeconds(60);
  private static final long SLOWEST_BYTES_PER_SECOND = 1 << 20;

  private final RestClient rest;

  ObjectsClient(RestClient rest) {
    this.rest = rest;
  }

  /** The metadata of an object, or empty when there is none. */
  Optional<Map<String, String>> metadata(String key) {
    try {
      HttpResponse<InputStream> head = rest.send(RestRequest.of("HEAD", path(key)));
      head.body().close();
      return Optional.of(metadata(head));
    } catch (ProblemException e) {
      if (e.problem().status() == 404) {
        return Optional.empty();
      }
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> metadata(HttpResponse<?> response) {
    String prefix = ObjectBodies.META_HEADER_PREFIX.toLowerCase(Locale.ROOT);
    Map<String, String> metadata = new HashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (lower.startsWith(prefix)) {
            metadata.put(lower.substring(prefix.length()), text(values.get(0)));
          }
        });
    return metadata;
  }

  /** What cannot be read is given as it came. */
  private static String text(String value) {
    try {
      return HeaderText.decode(value);
    } catch (IllegalArgumentException e) {
      return value;
    }
  }

  /**
   * Stores the content; of a large one only what the cluster lacks. Compares what arrived with what
   * was read.
   *
   * @param facts kept with it, or null
   * @throws FileFault when the content cannot be read; then nothing was stored
   */
  ObjectBodies.Put put(
      String key,
      Content content,
      @Nullable FileFacts facts,
      WriteTerms terms,
      ChunkedUpload.Progress progress) {
    RequestBody body = body(content);
    if (terms.isMerge() || !ChunkedUpload.isWorthwhile(body)) {
      return putWhole(key, content, facts, terms, progress::sent);
    }
    RestRequest request = described(terms.write(key), facts);
    try {
      return new ChunkedUpload(rest, key, body, progress)
          .run(request)
          .orElseGet(() -> putWhole(key, content, facts, terms, progress::sent));
    } catch (RuntimeException e) {
      content.requireReadable();
      throw e;
    }
  }

  private static RequestBody body(Content content) {
    return new RequestBody() {
      @Override
      public InputStream open() throws IOException {
        return content.open();
      }

      @Override
      public long length() {
        return content.size();
      }
    };
  }

  private ObjectBodies.Put putWhole(
      String key,
      Content content,
      @Nullable FileFacts facts,
      WriteTerms terms,
      LongConsumer moved) {
    Sent sent = new Sent(content, moved);
    RestRequest request = described(terms.write(key), facts).body(sent);
    if (content.size() > LARGE_BYTES) {
      request = request.within(LARGE_ANSWER.plusSeconds(content.size() / SLOWEST_BYTES_PER_SECOND));
    }
    ObjectBodies.Put stored;
    try {
      stored = rest.read(request, ObjectBodies.Put.class);
    } catch (RuntimeException e) {
      content.requireReadable(); // Its own fault says more than the connection that it broke.
      throw e;
    }
    String sha256 = sent.sha256();
    if (!sha256.equals(stored.sha256()) || stored.size() != content.size()) {
      throw new CommandException(
          ExitCode.REFUSED,
          key
              + " was stored with other bytes than were read ("
              + stored.sha256()
              + ", not "
              + sha256
              + ")",
          "store it again; it may have changed meanwhile");
    }
    return stored;
  }

  /** Stores what a stream gives. A long one is sent once: it cannot be read a second time. */
  ObjectBodies.Put putOnce(String key, InputStream stream, WriteTerms terms) {
    return rest.read(described(terms.write(key), null).body(body(stream)), ObjectBodies.Put.class);
  }

  private static RequestBody body(InputStream stream) {
    try {
      byte[] head = stream.readNBytes(REPEATABLE_BYTES_MAX);
      return head.length < REPEATABLE_BYTES_MAX
          ? RequestBody.of(head)
          : RequestBody.once(
              new SequenceInputStream(new ByteArrayInputStream(head), stream),
              RequestBody.UNKNOWN_LENGTH);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RestRequest described(RestRequest request, @Nullable FileFacts facts) {
    RestRequest typed = request.header("Content-Type", "application/octet-stream");
    return facts == null ? typed : facts.addTo(typed);
  }

  /**
   * What an answer says of the version that it has.
   *
   * @param state {@code confirmed} or {@code provisional}; empty when the node did not say
   * @param consistency {@code local} from a node that is cut off; empty when it did not say
   */
  record Found(Map<String, String> metadata, String version, String state, String consistency) {
    static Found of(HttpResponse<?> answer) {
      return new Found(
          ObjectsClient.metadata(answer),
          header(answer, "ETag").replace("\"", ""),
          header(answer, ObjectBodies.STATE_HEADER),
          header(answer, ObjectBodies.CONSISTENCY_HEADER));
    }

    private static String header(HttpResponse<?> answer, String name) {
      return answer.headers().firstValue(name).orElse("");
    }
  }

  /**
   * Writes the object to the stream; a broken connection goes on where it broke, at any node, as
   * long as the version is the same.
   */
  Found get(String key, ReadChoice choice, OutputStream out, LongConsumer moved)
      throws IOException {
    MessageDigest digest = Content.newDigest();
    byte[] buffer = new byte[Content.BUFFER];
    long done = 0;
    String version = "";
    for (int attempt = 1; ; attempt++) {
      RestRequest request = RestRequest.of("GET", choice.of(path(key)));
      HttpResponse<InputStream> answer =
          rest.send(done == 0 ? request : request.header("Range", "bytes=" + done + "-"));
      String etag = answer.headers().firstValue("ETag").orElse("");
      try (InputStream body = answer.body()) {
        if (done > 0 && (answer.statusCode() != 206 || !etag.equals(version))) {
          throw new CommandException(
              ExitCode.OUTCOME_UNKNOWN, key + " changed while it was read", "read it again");
        }
        version = etag;
        for (int n = readSome(body, buffer); n >= 0; n = readSome(body, buffer)) {
          digest.update(buffer, 0, n);
          out.write(buffer, 0, n);
          done += n;
          moved.accept(n);
        }
        check(key, answer, digest);
        return Found.of(answer);
      } catch (BrokenConnection e) {
        if (attempt == DOWNLOAD_ATTEMPTS) {
          throw new CommandException(
              ExitCode.UNAVAILABLE,
              "the connection broke " + attempt + " times while reading " + key,
              "try again, or name another node with --server",
              e);
        }
      }
    }
  }

  private static int readSome(InputStream body, byte[] buffer) throws BrokenConnection {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      throw new BrokenConnection(e);
    }
  }

  private static void check(String key, HttpResponse<?> answer, MessageDigest digest) {
    String read = HexFormat.of().formatHex(digest.digest());
    String stored = answer.headers().firstValue(ObjectBodies.SHA256_HEADER).orElse(read);
    if (!stored.equals(read)) {
      throw new CommandException(
          ExitCode.UNAVAILABLE,
          key + " arrived damaged: its SHA-256 is " + read + ", not " + stored,
          "try another node with --server");
    }
  }

  ObjectBodies.Put delete(String key, WriteTerms terms) {
    return rest.read(terms.delete(key), ObjectBodies.Put.class);
  }

  /** All pages, in the order of the keys' bytes. */
  Listing list(String prefix, String delimiter) {
    List<ObjectBodies.Info> objects = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    boolean complete = true;
    String after = "";
    while (true) {
      ObjectBodies.Page page =
          rest.read(
              RestRequest.of(
                  "GET",
                  "/v1/objects?prefix="
                      + UriText.component(prefix)
                      + (delimiter.isEmpty() ? "" : "&delimiter=" + UriText.component(delimiter))
                      + (after.isEmpty() ? "" : "&after=" + UriText.component(after))
                      + "&limit="
                      + PAGE),
              ObjectBodies.Page.class);
      objects.addAll(page.objects());
      prefixes.addAll(page.prefixes());
      complete &= page.complete();
      String next = page.next() == null ? "" : page.next();
      if (next.isEmpty() || next.equals(after)) {
        return new Listing(objects, prefixes, complete);
      }
      after = next;
    }
  }

  private static String path(String key) {
    return "/v1/objects/" + UriText.path(key);
  }

  /**
   * @param complete false when a node could not be asked
   */
  record Listing(List<ObjectBodies.Info> objects, List<String> prefixes, boolean complete) {
    Listing {
      objects = List.copyOf(objects);
      prefixes = List.copyOf(prefixes);
    }
  }

  private static final class BrokenConnection extends IOException {
    private static final long serialVersionUID = 1;

    BrokenConnection(IOException cause) {
      super(cause);
    }
  }

  /** A content on its way; its sum is taken as it is read. */
  private static final class Sent implements RequestBody {
    private final Content content;
    private final LongConsumer moved;
    private volatile @Nullable Counted last;

    Sent(Content content, LongConsumer moved) {
      this.content = content;
      this.moved = moved;
    }

    @Override
    public InputStream open() throws IOException {
      Counted counted = new Counted(content.open(), moved);
      last = counted;
      return counted;
    }

    @Override
    public long length() {
      return content.size();
    }

    /** A repeat may be answered before all of it was read again. */
    String sha256() {
      Counted counted = last;
      try {
        return counted != null && counted.count == content.size()
            ? HexFormat.of().formatHex(counted.digest.digest())
            : content.sha256();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Counted extends FilterInputStream {
    private final MessageDigest digest = Content.newDigest();
    private final LongConsumer moved;
    private long count;

    Counted(InputStream in, LongConsumer moved) {
      super(in);
      this.moved = moved;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        digest.update(buffer, offset, n);
        count += n;
        moved.accept(n);
      }
      return n;
    }
  }
}
