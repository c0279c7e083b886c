// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a program does with objects: {@link ObjectClient} does it on a cluster, and a test may put
 * its own in the place of that.
 *
 * <p>All methods block, may be called by any thread, and throw a {@link HoldfastException} whose
 * {@link HoldfastException#mayRetry()} says whether to call again: {@link UnavailableException}
 * after nothing was done, {@link RefusedException} when it would be refused again, {@link
 * OutcomeUnknownException} when a write may have been done.
 *
 * <p>A write answers what it has reached. {@code state} is {@code confirmed} when the cluster
 * agreed on the version, and {@code provisional} when at least one node has fsynced it and no
 * majority could be asked; that is no error, and nothing is lost. {@code copies} and {@code
 * durability} say how many copies were fsynced, {@code conflict} that somebody has to merge.
 */
public interface ObjectStore {
  /**
   * Stores a new version.
   *
   * <p>Durability: when this returns, as many copies are on disk as {@link WriteTerms#durability()}
   * says, and survive a crash; a provisional answer may have fewer, {@code copies} says how many.
   *
   * @param options conditions, metadata, and what is to be reached before the answer
   * @throws RefusedException status 412 when a condition does not hold, {@code NOT_ON_HEAD} when it
   *     had to be confirmed and its parents are not the head: merge then, do not retry
   * @throws UnavailableException when it had to be confirmed, or had a condition, and no majority
   *     can be reached: retry later
   */
  ObjectBodies.Put put(String key, byte[] content, WriteOptions options);

  /** As {@link #put(String, byte[], WriteOptions)}, without conditions. */
  default ObjectBodies.Put put(String key, byte[] content) {
    return put(key, content, WriteOptions.NONE);
  }

  /** As {@link #put(String, byte[], WriteOptions)}, from a file, in constant memory. */
  ObjectBodies.Put put(String key, Path file, WriteOptions options) throws IOException;

  /**
   * As {@link #put(String, byte[], WriteOptions)}, from a stream of exactly that many bytes. The
   * caller closes it. A stream that has more or fewer, or that throws, is {@link RefusedException}
   * {@code BODY_INCOMPLETE}: nothing was stored.
   */
  ObjectBodies.Put put(String key, InputStream content, long length, WriteOptions options);

  /** As {@link #put(String, byte[], WriteOptions)}, from a stream until it ends. */
  ObjectBodies.Put put(String key, InputStream content, WriteOptions options);

  /**
   * Opens the preferred version for reading. A read changes nothing: call again as you like.
   *
   * @throws NotFoundException when there is none
   */
  default ObjectReader get(String key) {
    return get(key, ReadOptions.DEFAULT);
  }

  /** Opens a part of the preferred version; {@link RefusedException} 416 when it begins past it. */
  default ObjectReader get(String key, @Nullable ByteRange range) {
    return get(key, ReadOptions.DEFAULT.range(range));
  }

  /**
   * Opens the version that the options choose. {@link ObjectReader#head()} says its state, and
   * whether a node answered that is cut off from the majority.
   *
   * @throws NotFoundException when there is no such object or version
   * @throws UnavailableException when no node can answer, with {@link
   *     ReadOptions.Mode#CONFIRMED_ONLY} also while there is no majority: retry later
   */
  ObjectReader get(String key, ReadOptions options);

  /** As {@link #head(String, ReadOptions)}, of the preferred version. */
  default ObjectHead head(String key) {
    return head(key, ReadOptions.DEFAULT);
  }

  /** What {@link #get(String, ReadOptions)} says without the bytes; its errors are the same. */
  ObjectHead head(String key, ReadOptions options);

  /**
   * Deletes the current version, leaving a tombstone: a version without bytes, as durable as one
   * that is put. The history stays readable.
   *
   * @param options conditions and terms; the rest does not apply
   * @throws NotFoundException when there is no such object
   */
  ObjectBodies.Put delete(String key, WriteOptions options);

  /** As {@link #delete(String, WriteOptions)}, without conditions. */
  default ObjectBodies.Put delete(String key) {
    return delete(key, WriteOptions.NONE);
  }

  /** All objects whose keys begin so, in the order of their UTF-8 bytes, page by page as needed. */
  Stream<ObjectBodies.Info> list(String prefix);

  /**
   * The pages of a list, each fetched when it is asked for. {@link ObjectBodies.Page#complete()}
   * says whether every node could be asked.
   *
   * @param delimiter folds what follows it into {@link ObjectBodies.Page#prefixes()}, such as "/"
   */
  Iterable<ObjectBodies.Page> pages(String prefix, @Nullable String delimiter);

  /**
   * The graph of a key: each version before its parents, with its state; the heads, and the one
   * that is confirmed. A read; call again as you like.
   *
   * @throws NotFoundException when the key never existed
   */
  ObjectBodies.Versions versions(String key);

  /**
   * The keys with several heads, page by page as needed; the stream throws what a page throws. A
   * read; call again as you like. A branch that only an unreachable node has is missing: {@link
   * #conflictPages} says when.
   */
  Stream<ObjectBodies.Conflict> conflicts(String prefix);

  /**
   * The pages of {@link #conflicts}, each fetched when it is asked for. {@link
   * ObjectBodies.Conflicts#complete()} says whether every node could be asked.
   */
  Iterable<ObjectBodies.Conflicts> conflictPages(String prefix);

  /**
   * Writes a version on top of others, which ends their conflict; they stay in the history. As
   * durable as {@link #put(String, byte[], WriteOptions)}, and repeated as that: once more after an
   * unknown outcome does no harm, since the same merge is the same version.
   *
   * @param parents ids of the versions to merge, at least one; those that are not named stay
   * @throws RefusedException {@code NOT_ON_HEAD} when it had to be confirmed and the confirmed head
   *     is not among them: read {@link #versions} again
   */
  ObjectBodies.Put merge(
      String key, Collection<String> parents, byte[] content, WriteOptions options);

  /** As {@link #merge(String, Collection, byte[], WriteOptions)}, without conditions. */
  default ObjectBodies.Put merge(String key, Collection<String> parents, byte[] content) {
    return merge(key, parents, content, WriteOptions.NONE);
  }

  /** As {@link #merge(String, Collection, byte[], WriteOptions)}, from a file. */
  ObjectBodies.Put merge(String key, Collection<String> parents, Path file, WriteOptions options)
      throws IOException;

  /**
   * As {@link #merge(String, Collection, byte[], WriteOptions)}, with the bytes and the metadata of
   * a version that is there: no bytes are sent.
   *
   * @param take the id of that version
   * @throws NotFoundException when no node in reach has it
   */
  ObjectBodies.Put mergeTaking(
      String key, Collection<String> parents, String take, WriteOptions options);

  /** As {@link #mergeTaking(String, Collection, String, WriteOptions)}, without conditions. */
  default ObjectBodies.Put mergeTaking(String key, Collection<String> parents, String take) {
    return mergeTaking(key, parents, take, WriteOptions.NONE);
  }

  /**
   * Asks the cluster to agree on a provisional version now. It does so by itself, too, soon after a
   * majority can be reached. When this returns, the version is confirmed and on a majority of its
   * replicas.
   *
   * @param version its id
   * @throws RefusedException {@code NOT_ON_HEAD} when it does not come after the confirmed head:
   *     merge them, do not retry
   * @throws NotFoundException when no node in reach has it
   * @throws UnavailableException while no majority can be reached: retry later
   */
  ObjectBodies.Put confirm(String key, String version);
}
