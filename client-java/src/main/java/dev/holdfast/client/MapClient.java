// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EntryItem;
import dev.holdfast.protocol.frame.EntryWrite;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A replicated map: keys are texts of at most 1,024 bytes, values at most 32 KiB; larger ones are
 * objects. What was acknowledged has been fsynced by a majority.
 *
 * <p>Reads are linearizable, except those with {@code Local} in their name and {@link #stats}.
 * Every write has its effect once: it is repeated over changing nodes under the same number, and
 * the cluster remembers the answer for as long as the session lives. A write whose answer does not
 * come within the request timeout, or whose session ends, is an {@link OutcomeUnknownException} and
 * never repeated. Thread-safe; the calls that wait are meant for virtual threads as well, an
 * interrupt gives the wait up.
 */
public final class MapClient<V> {
  private static final long MIN_PAUSE_NANOS = 200_000;
  private static final long MAX_PAUSE_NANOS = 50_000_000;

  private final Supplier<SessionLink> links;
  private final String map;
  private final Codec<V> codec;
  private final MapTerms terms;
  private final Listeners<MapCommand> commands;

  MapClient(
      Supplier<SessionLink> links,
      String map,
      Codec<V> codec,
      MapTerms terms,
      Listeners<MapCommand> commands) {
    this.links = links;
    this.map = map;
    this.codec = codec;
    this.terms = terms;
    this.commands = commands;
  }

  public String name() {
    return map;
  }

  /** The same map with other values. */
  public <W> MapClient<W> as(Codec<W> other) {
    return new MapClient<>(links, map, other, terms, commands);
  }

  /**
   * The same map, whose writes are refused ({@code FENCED}) once the lock has moved on. That is
   * judged in the commit itself, so a holder that was paused cannot write after its successor.
   */
  public MapClient<V> fenced(Fence grant) {
    return new MapClient<>(links, map, codec, terms.fenced(grant.header()), commands);
  }

  /**
   * The same map, whose values stay for this long after they were written, and are then deleted: as
   * soon as the cluster gets to it, and never earlier. The next write of a key ends that; a plain
   * one makes it stay.
   *
   * @param ttl 1 s to 365 days
   */
  public MapClient<V> expiring(Duration ttl) {
    return new MapClient<>(links, map, codec, terms.lasting(ttl), commands);
  }

  /**
   * The same map, whose values stay as long as the session that writes them: when it is closed or
   * expires, they are deleted. Of a map of {@link Holdfast#map}, that is the session which all of
   * that client's maps share.
   */
  public MapClient<V> whileSessionLives() {
    return new MapClient<>(links, map, codec, terms.asTheSession(), commands);
  }

  // ---- Reading ----

  /**
   * The value; empty when the key is absent. Sees every write that was acknowledged before.
   *
   * @throws UnavailableException no answer in time; may be retried
   */
  public Optional<V> get(String key) {
    return entry(key).map(MapEntry::value);
  }

  /** As {@link #get}. */
  public CompletableFuture<Optional<V>> getAsync(String key) {
    return entryAsync(key).thenApply(found -> found.map(MapEntry::value));
  }

  /** The value with its version; empty when the key is absent. Errors as {@link #get}. */
  public Optional<MapEntry<V>> entry(String key) {
    return found(key, Answers.await(ask(key, false), false));
  }

  /** As {@link #entry}. */
  public CompletableFuture<Optional<MapEntry<V>>> entryAsync(String key) {
    return told(ask(key, false)).thenApply(frame -> found(key, frame));
  }

  /** Whether the key is there. Errors as {@link #get}. */
  public boolean has(String key) {
    return ((ServerFrame.EntryValue) Answers.await(ask(key, false), false)).version() > 0;
  }

  /**
   * What the connected node has applied, without agreement: may be old, and says how old. Errors as
   * {@link #get}.
   */
  public LocalEntry<V> getLocal(String key) {
    ServerFrame.EntryValue value = (ServerFrame.EntryValue) Answers.await(ask(key, true), false);
    return new LocalEntry<>(found(key, value), value.revision(), value.ageMillis());
  }

  private CompletableFuture<ServerFrame> ask(String key, boolean local) {
    return link().read(request -> new ClientFrame.GetEntry(request, map, key, local));
  }

  private Optional<MapEntry<V>> found(String key, ServerFrame frame) {
    ServerFrame.EntryValue value = (ServerFrame.EntryValue) frame;
    return value.version() == 0
        ? Optional.empty()
        : Optional.of(new MapEntry<>(key, decoded(key, value.value().array()), value.version()));
  }

  /**
   * All keys, in the order of their bytes; read page by page while the stream is consumed. Errors
   * as {@link #get}, from the stream too.
   */
  public Stream<String> keys() {
    return items("", false).map(EntryItem::key);
  }

  /** As {@link #keys()}. */
  public Stream<V> values() {
    return entries().map(MapEntry::value);
  }

  /** As {@link #keys()}: each entry as of some moment while the stream is consumed. */
  public Stream<MapEntry<V>> entries() {
    return entries("");
  }

  /** The entries whose keys begin so. */
  public Stream<MapEntry<V>> entries(String prefix) {
    return items(prefix, true)
        .map(item ->
            new MapEntry<>(item.key(), decoded(item.key(), item.value().array()), item.version()));
  }

  private Stream<EntryItem> items(String prefix, boolean values) {
    Iterator<EntryItem> pages = new Pages(prefix, values);
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            pages, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
        false);
  }

  private final class Pages implements Iterator<EntryItem> {
    private final String prefix;
    private final boolean values;
    private Iterator<EntryItem> page = List.<EntryItem>of().iterator();
    private String after = "";
    private boolean more = true;

    Pages(String prefix, boolean values) {
      this.prefix = prefix;
      this.values = values;
    }

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && more) {
        ServerFrame.EntryPage next =
            (ServerFrame.EntryPage)
                Answers.await(
                    link()
                        .read(request ->
                            new ClientFrame.ListEntries(
                                request, map, prefix, after, FrameLimits.MAX_PAGE, values)),
                    false);
        page = next.entries().iterator();
        more = next.more();
      }
      return page.hasNext();
    }

    @Override
    public EntryItem next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      EntryItem item = page.next();
      after = item.key();
      return item;
    }
  }

  /** As the connected node has applied it. Errors as {@link #get}. */
  public MapStats stats() {
    ServerFrame.EntryCounts counts =
        (ServerFrame.EntryCounts)
            Answers.await(
                link().read(request -> new ClientFrame.CountEntries(request, map)), false);
    return new MapStats(
        counts.entries(),
        counts.bytes(),
        counts.allBytes(),
        counts.limitBytes(),
        counts.revision());
  }

  // ---- Writing ----

  /**
   * Sets a key, whatever it holds.
   *
   * @return its version
   * @throws RefusedException {@code STATE_TOO_LARGE}, {@code FENCED} or a limit: nothing was
   *     written
   * @throws UnavailableException certainly not written; may be retried
   * @throws OutcomeUnknownException no answer in time: may have been written. Read before you
   *     retry.
   * @throws SessionLostException the session had ended: certainly not written; retry with another
   */
  public long set(String key, V value) {
    return version(Answers.await(put(key, value, FrameLimits.ANY_VERSION), true), key);
  }

  /** As {@link #set}. */
  public CompletableFuture<Long> setAsync(String key, V value) {
    return told(put(key, value, FrameLimits.ANY_VERSION)).thenApply(frame -> version(frame, key));
  }

  /** Sets a key for a while: {@link #expiring}. Errors as {@link #set(String, Object)}. */
  public long set(String key, V value, Duration ttl) {
    return expiring(ttl).set(key, value);
  }

  /** Deletes a key, which may be absent. Errors as {@link #set(String, Object)}. */
  public void delete(String key) {
    version(Answers.await(remove(key, FrameLimits.ANY_VERSION), true), key);
  }

  /** As {@link #delete}. */
  public CompletableFuture<Void> deleteAsync(String key) {
    return told(remove(key, FrameLimits.ANY_VERSION)).thenAccept(frame -> version(frame, key));
  }

  /**
   * Sets a key that is absent; returns its version, empty when it is present. Errors as {@link
   * #set}.
   */
  public OptionalLong setIfAbsent(String key, V value) {
    return compared(put(key, value, 0), key);
  }

  /**
   * Sets a key that has this version. Errors as {@link #set}.
   *
   * @param expected {@link MapEntry#version()}
   * @return its new version; empty when it had another one, or was absent
   */
  public OptionalLong compareAndSet(String key, long expected, V value) {
    return compared(put(key, value, checked(expected)), key);
  }

  /** As {@link #compareAndSet}. */
  public CompletableFuture<OptionalLong> compareAndSetAsync(String key, long expected, V value) {
    return told(put(key, value, checked(expected)))
        .handle((frame, error) -> {
          if (error == null) {
            return OptionalLong.of(version(frame, key));
          }
          Throwable cause = error instanceof CompletionException ? error.getCause() : error;
          if (isMismatch(cause)) {
            return OptionalLong.empty();
          }
          throw new CompletionException(cause);
        });
  }

  /**
   * Deletes a key that has this version; false when it has another one, or is absent. Errors as
   * {@link #set}.
   */
  public boolean compareAndDelete(String key, long expected) {
    return compared(remove(key, checked(expected)), key).isPresent();
  }

  private static long checked(long expected) {
    if (expected < 1) {
      throw new IllegalArgumentException("a version is above 0, not " + expected);
    }
    return expected;
  }

  /**
   * Reads, changes and writes, until nobody came in between. Errors as {@link #set}.
   *
   * @param change from the value, empty when the key is absent, to the new one, empty to delete;
   *     called again after each conflict, and without side effects of its own
   * @return what was written
   */
  public Optional<V> update(String key, Function<Optional<V>, Optional<V>> change) {
    Optional<MapEntry<V>> before = entry(key);
    long pause = MIN_PAUSE_NANOS;
    while (true) {
      Optional<V> after = change.apply(before.map(MapEntry::value));
      if (after.isEmpty() && before.isEmpty()) {
        return after;
      }
      long expected = before.map(MapEntry::version).orElse(0L);
      CompletableFuture<ServerFrame> sent =
          after.isPresent() ? put(key, after.get(), expected) : remove(key, expected);
      if (compared(sent, key).isPresent()) {
        return after;
      }
      LockSupport.parkNanos((long) (link().runtime().random().nextDouble() * pause));
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("interrupted between two tries; nothing was written");
      }
      pause = Math.min(MAX_PAUSE_NANOS, pause * 2);
      before = entry(key);
    }
  }

  /** As {@link #update}, on a thread of its own. */
  public CompletableFuture<Optional<V>> updateAsync(
      String key, Function<Optional<V>, Optional<V>> change) {
    return CompletableFuture.supplyAsync(
        () -> update(key, change), task -> Time.SystemTime.daemon(task, "holdfast-update").start());
  }

  /**
   * Makes all changes or none.
   *
   * @param updates of different keys, at most 127, of about 60 KiB together
   * @return the version that all of them have since
   * @throws RefusedException {@code VERSION_MISMATCH} when a key is not as expected; and as {@link
   *     #set(String, Object)}
   */
  public long batchUpdate(List<MapUpdate<V>> updates) {
    return version(Answers.await(batch(updates), true), keysOf(updates));
  }

  /** As {@link #batchUpdate}. */
  public CompletableFuture<Long> batchUpdateAsync(List<MapUpdate<V>> updates) {
    return told(batch(updates)).thenApply(frame -> version(frame, keysOf(updates)));
  }

  private CompletableFuture<ServerFrame> batch(List<MapUpdate<V>> updates) {
    List<EntryWrite> writes = new ArrayList<>(updates.size());
    for (MapUpdate<V> update : updates) {
      Blob value = update.value().map(one -> encoded(update.key(), one)).orElse(Blob.EMPTY);
      writes.add(
          new EntryWrite(
              update.key(),
              update.value().isEmpty(),
              value,
              Math.max(FrameLimits.ANY_VERSION, update.expected())));
    }
    return write(writes);
  }

  private CompletableFuture<ServerFrame> write(List<EntryWrite> writes) {
    SessionLink link = link();
    if (terms.isUnlimited()) {
      return link.write((request, number, sequence, again) ->
          new ClientFrame.WriteEntries(
              request, link.id(), number, sequence, again, map, writes, terms.fence()));
    }
    return link.write((request, number, sequence, again) ->
        new ClientFrame.WriteEphemerals(
            request,
            link.id(),
            number,
            sequence,
            again,
            map,
            writes,
            terms.fence(),
            terms.ttlMillis()));
  }

  private CompletableFuture<ServerFrame> put(String key, V value, long expected) {
    Blob bytes = encoded(key, value);
    if (!terms.isUnlimited()) {
      return write(List.of(new EntryWrite(key, false, bytes, expected)));
    }
    SessionLink link = link();
    return link.write((request, number, sequence, again) ->
        new ClientFrame.PutEntry(
            request, link.id(), number, sequence, again, map, key, bytes, expected, terms.fence()));
  }

  private CompletableFuture<ServerFrame> remove(String key, long expected) {
    SessionLink link = link();
    return link.write((request, number, sequence, again) ->
        new ClientFrame.DeleteEntry(
            request, link.id(), number, sequence, again, map, key, expected, terms.fence()));
  }

  private OptionalLong compared(CompletableFuture<ServerFrame> sent, String key) {
    try {
      return OptionalLong.of(version(Answers.await(sent, true), key));
    } catch (RefusedException e) {
      if (isMismatch(e)) {
        return OptionalLong.empty();
      }
      throw e;
    }
  }

  private static boolean isMismatch(@Nullable Throwable error) {
    return error instanceof RefusedException refused
        && refused.code().equals(Failures.VERSION_MISMATCH);
  }

  private long version(ServerFrame frame, String key) {
    long version = ((ServerFrame.EntriesWritten) frame).revision();
    if (!commands.isEmpty()) {
      commands.tell(new MapCommand(map, List.of(key), version));
    }
    return version;
  }

  private long version(ServerFrame frame, List<String> keys) {
    long version = ((ServerFrame.EntriesWritten) frame).revision();
    commands.tell(new MapCommand(map, keys, version));
    return version;
  }

  private static <V> List<String> keysOf(List<MapUpdate<V>> updates) {
    return updates.stream().map(MapUpdate::key).toList();
  }

  // ---- Watching ----

  /** Tells all entries whose keys begin so, and then each change of them. */
  public MapWatch watch(String prefix, MapListener<V> listener) {
    return watch(prefix, true, listener);
  }

  /** Tells each change from now on of the keys that begin so. */
  public MapWatch watchFromNow(String prefix, MapListener<V> listener) {
    return watch(prefix, false, listener);
  }

  private MapWatch watch(String prefix, boolean snapshot, MapListener<V> listener) {
    SessionLink link = link();
    MapWatch watch =
        new MapWatch(
            link.events(),
            link::close,
            map,
            prefix,
            snapshot,
            new MapWatch.Sink() {
              @Override
              public void changed(String key, long version, byte @Nullable [] value) {
                listener.changed(
                    new MapEvent<>(
                        key,
                        version,
                        Optional.ofNullable(value).map(bytes -> decoded(key, bytes))));
              }

              @Override
              public void resynced() {
                listener.resynced();
              }

              @Override
              public void ended(String reason) {
                listener.ended(reason);
              }
            });
    link.open(watch);
    return watch;
  }

  /**
   * Tells each write of this object, and of those made from it, that was applied. A listener that
   * is slower than the writes misses old ones, never the newest.
   */
  public MapClient<V> onCommandApplied(Consumer<MapCommand> listener) {
    commands.add(listener);
    return this;
  }

  // ---- Small things ----

  private Blob encoded(String key, V value) {
    byte[] bytes = codec.encode(value);
    if (bytes.length > FrameLimits.MAX_VALUE_BYTES) {
      throw new RefusedException(
          FrameException.Code.FRAME_FIELD_TOO_LONG.name(),
          "the value of key '%s' in map '%s' has %d bytes, at most %d fit"
              .formatted(key, map, bytes.length, FrameLimits.MAX_VALUE_BYTES),
          "store it as an object, and keep its key here");
    }
    return Blob.wrap(bytes);
  }

  /** One value that cannot be read is named; the others can be read by their keys, or as bytes. */
  private V decoded(String key, byte[] bytes) {
    try {
      return codec.decode(bytes);
    } catch (RuntimeException e) {
      throw new CodecException(map, key, e);
    }
  }

  private SessionLink link() {
    return links.get();
  }

  /** For continuations of the caller: on the events thread, never on one of the network. */
  private CompletableFuture<ServerFrame> told(CompletableFuture<ServerFrame> sent) {
    return sent.thenApplyAsync(frame -> frame, link().events());
  }
}
