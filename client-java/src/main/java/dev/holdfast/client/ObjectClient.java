// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.ChunkedUpload;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.HeaderText;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Objects by key. Any node serves any key; a node that does not answer is passed over, and avoided
 * for a while. A call goes on for the request timeout. Blocking, thread-safe.
 *
 * <p>A write has its effect once. It carries an id that the nodes remember, so it is sent again
 * when its answer is missing, and gets the first answer. When no answer comes in time, or the nodes
 * cannot tell any more, it throws {@link OutcomeUnknownException}. A stream can be read once, so a
 * write from one is not repeated.
 *
 * <p>Of a file or an array from 16 MiB on only those megabytes are sent that the cluster lacks; a
 * write that broke off is gone on with by the next one of the same bytes, also in another process.
 */
public final class ObjectClient implements ObjectStore {
  private final ClientRuntime runtime;
  private final Runnable requireOpen;

  /**
   * @param requireOpen throws when the client is closed
   */
  ObjectClient(ClientRuntime runtime, Runnable requireOpen) {
    this.runtime = runtime;
    this.requireOpen = requireOpen;
  }

  @Override
  public ObjectBodies.Put put(String key, byte[] content, WriteOptions options) {
    return put(key, RequestBody.of(content), options);
  }

  @Override
  public ObjectBodies.Put put(String key, Path file, WriteOptions options) throws IOException {
    return put(key, RequestBody.of(file), options);
  }

  @Override
  public ObjectBodies.Put put(String key, InputStream content, long length, WriteOptions options) {
    return put(key, RequestBody.once(content, length), options);
  }

  @Override
  public ObjectBodies.Put put(String key, InputStream content, WriteOptions options) {
    return put(key, RequestBody.once(content, RequestBody.UNKNOWN_LENGTH), options);
  }

  private ObjectBodies.Put put(String key, RequestBody body, WriteOptions options) {
    RestRequest put = RestRequest.of("PUT", target(key, options.terms().query()));
    if (ChunkedUpload.isWorthwhile(body)) {
      ChunkedUpload upload =
          new ChunkedUpload(runtime.rest(), key, body, ChunkedUpload.Progress.NONE);
      Optional<ObjectBodies.Put> stored = called(() -> upload.run(described(put, options)));
      if (stored.isPresent()) {
        return stored.get();
      }
    }
    return write(put.body(body), options);
  }

  @Override
  public ObjectBodies.Put delete(String key, WriteOptions options) {
    return write(RestRequest.of("DELETE", target(key, options.terms().query())), options);
  }

  @Override
  public ObjectBodies.Put merge(
      String key, Collection<String> parents, byte[] content, WriteOptions options) {
    return merge(key, "merge", parents, RequestBody.of(content), options);
  }

  @Override
  public ObjectBodies.Put merge(
      String key, Collection<String> parents, Path file, WriteOptions options) throws IOException {
    return merge(key, "merge", parents, RequestBody.of(file), options);
  }

  @Override
  public ObjectBodies.Put mergeTaking(
      String key, Collection<String> parents, String take, WriteOptions options) {
    String query = "merge&take=" + UriText.component(take);
    return merge(key, query, parents, RequestBody.NONE, options);
  }

  private ObjectBodies.Put merge(
      String key,
      String query,
      Collection<String> parents,
      RequestBody body,
      WriteOptions options) {
    if (parents.isEmpty()) {
      throw new IllegalArgumentException("a merge names the versions that it ends");
    }
    WriteTerms terms = options.terms().parents(parents);
    String more = terms.query().isEmpty() ? "" : "&" + terms.query();
    return write(
        RestRequest.of("POST", target(key, query + more)).body(body), options.terms(terms));
  }

  private ObjectBodies.Put write(RestRequest request, WriteOptions options) {
    RestRequest described = described(request, options);
    return called(() -> runtime.rest().read(described, ObjectBodies.Put.class));
  }

  private static RestRequest described(RestRequest request, WriteOptions options) {
    return headers(options.terms().addParents(request.withId()), options);
  }

  /** Twice is like once, so it is sent again; a refusal of the repeat leaves the outcome open. */
  @Override
  public ObjectBodies.Put confirm(String key, String version) {
    RestRequest request =
        RestRequest.of("POST", target(key, "confirm=" + UriText.component(version))).withId();
    return called(() -> runtime.rest().read(request, ObjectBodies.Put.class));
  }

  private <T> T called(Supplier<T> call) {
    requireOpen.run();
    try {
      return call.get();
    } catch (RestException e) {
      throw Failures.of(e);
    }
  }

  private static RestRequest headers(RestRequest request, WriteOptions options) {
    RestRequest described = request;
    for (Map.Entry<String, String> one : options.metadata().entrySet()) {
      described =
          described.header(
              ObjectBodies.META_HEADER_PREFIX + one.getKey(), HeaderText.encode(one.getValue()));
    }
    if (options.contentType() != null) {
      described = described.header("Content-Type", options.contentType());
    }
    if (options.ifMatch() != null) {
      described = described.header("If-Match", '"' + options.ifMatch() + '"');
    }
    if (options.ifAbsent()) {
      described = described.header("If-None-Match", "*");
    }
    if (options.fence() != null) {
      described = described.header(ObjectBodies.FENCE_HEADER, options.fence().header());
    }
    return described;
  }

  @Override
  public ObjectReader get(String key, ReadOptions options) {
    RestRequest all = RestRequest.of("GET", target(key, options.query()));
    ByteRange range = options.range();
    RestRequest request = range == null ? all : all.header("Range", range.header());
    HttpResponse<InputStream> answer = called(() -> runtime.rest().send(request));
    InputStream guarded =
        new StallGuard(answer.body(), runtime.time(), runtime.config().requestTimeout());
    return new ObjectReader(head(key, answer), guarded);
  }

  @Override
  public ObjectHead head(String key, ReadOptions options) {
    RestRequest request = RestRequest.of("HEAD", target(key, options.query()));
    return head(key, called(() -> runtime.rest().bytes(request)));
  }

  @Override
  public Stream<ObjectBodies.Info> list(String prefix) {
    return StreamSupport.stream(pages(prefix, null).spliterator(), false)
        .flatMap(page -> page.objects().stream());
  }

  @Override
  public Iterable<ObjectBodies.Page> pages(String prefix, @Nullable String delimiter) {
    String query =
        "/v1/objects?prefix="
            + UriText.component(prefix)
            + (delimiter == null ? "" : "&delimiter=" + UriText.component(delimiter));
    return () -> new Pages<>(query, ObjectBodies.Page.class, ObjectBodies.Page::next);
  }

  @Override
  public ObjectBodies.Versions versions(String key) {
    RestRequest request = RestRequest.of("GET", target(key, "versions"));
    return called(() -> runtime.rest().read(request, ObjectBodies.Versions.class));
  }

  @Override
  public Stream<ObjectBodies.Conflict> conflicts(String prefix) {
    return StreamSupport.stream(conflictPages(prefix).spliterator(), false)
        .flatMap(page -> page.conflicts().stream());
  }

  @Override
  public Iterable<ObjectBodies.Conflicts> conflictPages(String prefix) {
    String query = "/v1/conflicts?prefix=" + UriText.component(prefix);
    return () -> new Pages<>(query, ObjectBodies.Conflicts.class, ObjectBodies.Conflicts::next);
  }

  /** The pages of a list, each fetched when it is asked for. For one thread. */
  private final class Pages<T> implements Iterator<T> {
    private final String query;
    private final Class<T> type;
    private final Function<T, @Nullable String> next;
    private @Nullable String after;
    private boolean last;

    Pages(String query, Class<T> type, Function<T, @Nullable String> next) {
      this.query = query;
      this.type = type;
      this.next = next;
    }

    @Override
    public boolean hasNext() {
      return !last;
    }

    @Override
    public T next() {
      if (last) {
        throw new NoSuchElementException();
      }
      RestRequest request =
          RestRequest.of(
              "GET", query + (after == null ? "" : "&after=" + UriText.component(after)));
      T page = called(() -> runtime.rest().read(request, type));
      after = next.apply(page);
      last = after == null;
      return page;
    }
  }

  private static String target(String key, String query) {
    return "/v1/objects/" + UriText.path(key) + (query.isEmpty() ? "" : "?" + query);
  }

  private static ObjectHead head(String key, HttpResponse<?> answer) {
    return new ObjectHead(
        key,
        header(answer, "ETag").replace("\"", ""),
        size(answer),
        header(answer, ObjectBodies.SHA256_HEADER),
        header(answer, "Content-Type"),
        metadata(answer),
        header(answer, ObjectBodies.STATE_HEADER),
        header(answer, ObjectBodies.CONSISTENCY_HEADER));
  }

  private static Map<String, String> metadata(HttpResponse<?> answer) {
    Map<String, String> metadata = new TreeMap<>();
    String prefix = ObjectBodies.META_HEADER_PREFIX.toLowerCase(Locale.ROOT);
    answer
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

  /** What an old release stored without a code is given as it came. */
  private static String text(String value) {
    try {
      return HeaderText.decode(value);
    } catch (IllegalArgumentException e) {
      return value;
    }
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
