package dev.holdfast.client;

import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Objects by key. Any node serves any key; a node that does not answer is passed over. Blocking,
 * thread-safe.
 *
 * <p>What is repeated on another node without asking: reads, and writes of which not a byte left.
 * Once a write has been handed over and its answer is missing, it is never repeated here: it throws
 * {@link OutcomeUnknownException}, also when a later read might show the same bytes, since another
 * writer may have put them. To make a write repeatable, give it {@link WriteOptions#ifMatch} or
 * {@link WriteOptions#onlyIfAbsent}.
 */
public final class ObjectClient {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /** A transfer slower than this over its whole length is given up. */
  private static final long MIN_BYTES_PER_SECOND = 256 * 1024;

  private final ClientRuntime runtime;
  private final HttpCalls calls;

  ObjectClient(ClientRuntime runtime) {
    this.runtime = runtime;
    this.calls = new HttpCalls(runtime);
  }

  /** When this returns, a majority of the copies is on disk; the answer says how many. */
  public ObjectBodies.Put put(String key, byte[] content, WriteOptions options) {
    return put(key, BodyPublishers.ofByteArray(content), content.length, options, null);
  }

  public ObjectBodies.Put put(String key, byte[] content) {
    return put(key, content, WriteOptions.NONE);
  }

  /** As {@link #put(String, byte[], WriteOptions)}, from a file, in constant memory. */
  public ObjectBodies.Put put(String key, Path file, WriteOptions options) throws IOException {
    return put(key, BodyPublishers.ofFile(file), Files.size(file), options, null);
  }

  /**
   * As {@link #put(String, byte[], WriteOptions)}, from a stream of exactly that many bytes. The
   * caller closes it.
   */
  public ObjectBodies.Put put(String key, InputStream content, long length, WriteOptions options) {
    if (length == 0) {
      return put(key, new byte[0], options); // fromPublisher takes no length of 0.
    }
    AtomicBoolean begun = new AtomicBoolean();
    BodyPublisher body =
        BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> {
              begun.set(true);
              return content;
            }),
            length);
    return put(key, body, length, options, begun);
  }

  private ObjectBodies.Put put(
      String key,
      BodyPublisher body,
      long length,
      WriteOptions options,
      @Nullable AtomicBoolean begun) {
    HttpResponse<byte[]> answer =
        calls.write(
            node -> {
              HttpRequest.Builder request =
                  HttpRequest.newBuilder(objectUri(node, key, ""))
                      .timeout(
                          runtime
                              .config()
                              .requestTimeout()
                              .plusSeconds(length / MIN_BYTES_PER_SECOND))
                      .PUT(body);
              return headers(request, options).build();
            },
            begun);
    return calls.json(answer, ObjectBodies.Put.class);
  }

  private static HttpRequest.Builder headers(HttpRequest.Builder request, WriteOptions options) {
    options
        .metadata()
        .forEach((name, value) -> request.header(ObjectBodies.META_HEADER_PREFIX + name, value));
    if (options.contentType() != null) {
      request.header("Content-Type", options.contentType());
    }
    if (options.ifMatch() != null) {
      request.header("If-Match", '"' + options.ifMatch() + '"');
    }
    if (options.ifAbsent()) {
      request.header("If-None-Match", "*");
    }
    if (options.fence() != null) {
      request.header(ObjectBodies.FENCE_HEADER, options.fence().header());
    }
    return request;
  }

  /**
   * Opens the current version for reading.
   *
   * @throws NotFoundException when there is none
   */
  public ObjectReader get(String key) {
    return get(key, null);
  }

  /** Opens a part of the current version; {@link RefusedException} 416 when it begins past it. */
  public ObjectReader get(String key, @Nullable ByteRange range) {
    HttpResponse<InputStream> answer =
        calls.readStream(node -> {
          HttpRequest.Builder request =
              HttpRequest.newBuilder(objectUri(node, key, ""))
                  .timeout(runtime.config().requestTimeout());
          if (range != null) {
            request.header("Range", range.header());
          }
          return request.build();
        });
    InputStream guarded =
        new StallGuard(answer.body(), runtime.time(), runtime.config().requestTimeout());
    return new ObjectReader(head(key, answer), guarded);
  }

  /**
   * @throws NotFoundException when there is no such object
   */
  public ObjectHead head(String key) {
    return head(
        key,
        calls.read(node ->
            HttpRequest.newBuilder(objectUri(node, key, ""))
                .timeout(runtime.config().requestTimeout())
                .method("HEAD", BodyPublishers.noBody())
                .build()));
  }

  /**
   * Deletes the current version, leaving a tombstone.
   *
   * @param options conditions; the rest does not apply
   * @throws NotFoundException when there is no such object
   */
  public void delete(String key, WriteOptions options) {
    calls.write(
        node ->
            headers(
                    HttpRequest.newBuilder(objectUri(node, key, ""))
                        .timeout(runtime.config().requestTimeout())
                        .DELETE(),
                    options)
                .build(),
        null);
  }

  public void delete(String key) {
    delete(key, WriteOptions.NONE);
  }

  /** All objects whose keys begin so, in the order of their UTF-8 bytes, page by page as needed. */
  public Stream<ObjectBodies.Info> list(String prefix) {
    return StreamSupport.stream(pages(prefix, null).spliterator(), false)
        .flatMap(page -> page.objects().stream());
  }

  /**
   * The pages of a list, each fetched when it is asked for. {@link ObjectBodies.Page#complete()}
   * says whether every node could be asked.
   *
   * @param delimiter folds what follows it into {@link ObjectBodies.Page#prefixes()}, such as "/"
   */
  public Iterable<ObjectBodies.Page> pages(String prefix, @Nullable String delimiter) {
    return () -> new Pages(prefix, delimiter);
  }

  /** The retained versions of a key, the newest first. */
  public ObjectBodies.Versions versions(String key) {
    return calls.json(
        calls.read(node ->
            HttpRequest.newBuilder(objectUri(node, key, "?versions"))
                .timeout(runtime.config().requestTimeout())
                .build()),
        ObjectBodies.Versions.class);
  }

  private final class Pages implements Iterator<ObjectBodies.Page> {
    private final String prefix;
    private final @Nullable String delimiter;
    private @Nullable String after;
    private boolean last;

    Pages(String prefix, @Nullable String delimiter) {
      this.prefix = prefix;
      this.delimiter = delimiter;
    }

    @Override
    public boolean hasNext() {
      return !last;
    }

    @Override
    public ObjectBodies.Page next() {
      if (last) {
        throw new NoSuchElementException();
      }
      String query =
          "?prefix="
              + UriText.component(prefix)
              + (delimiter == null ? "" : "&delimiter=" + UriText.component(delimiter))
              + (after == null ? "" : "&after=" + UriText.component(after));
      ObjectBodies.Page page =
          calls.json(
              calls.read(node ->
                  HttpRequest.newBuilder(UriText.resolve(node, "/v1/objects" + query))
                      .timeout(runtime.config().requestTimeout())
                      .build()),
              ObjectBodies.Page.class);
      after = page.next();
      last = after == null;
      return page;
    }
  }

  private static URI objectUri(URI node, String key, String query) {
    return UriText.resolve(node, "/v1/objects/" + UriText.path(key) + query);
  }

  private static ObjectHead head(String key, HttpResponse<?> answer) {
    Map<String, String> metadata = new TreeMap<>();
    String prefix = ObjectBodies.META_HEADER_PREFIX.toLowerCase(Locale.ROOT);
    answer
        .headers()
        .map()
        .forEach((name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (lower.startsWith(prefix)) {
            metadata.put(lower.substring(prefix.length()), values.get(0));
          }
        });
    return new ObjectHead(
        key,
        header(answer, "ETag").replace("\"", ""),
        size(answer),
        header(answer, ObjectBodies.SHA256_HEADER),
        header(answer, "Content-Type"),
        metadata);
  }

  /** Of the whole object, also when a part of it was asked for. */
  private static long size(HttpResponse<?> answer) {
    String range = header(answer, "Content-Range");
    int slash = range.lastIndexOf('/');
    if (slash >= 0 && range.substring(slash + 1).matches("[0-9]{1,18}")) {
      return Long.parseLong(range.substring(slash + 1));
    }
    return answer.headers().firstValueAsLong("Content-Length").orElse(0);
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }
}
