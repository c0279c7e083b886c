// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a program does with objects: {@link ObjectClient} does it on a cluster, and a test may put
 * its own in the place of that. All methods block, and throw a {@link HoldfastException}.
 */
public interface ObjectStore {
  /** When this returns, a majority of the copies is on disk; the answer says how many. */
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
   * Opens the current version for reading.
   *
   * @throws NotFoundException when there is none
   */
  default ObjectReader get(String key) {
    return get(key, null);
  }

  /** Opens a part of the current version; {@link RefusedException} 416 when it begins past it. */
  ObjectReader get(String key, @Nullable ByteRange range);

  /**
   * What is known about the current version.
   *
   * @throws NotFoundException when there is no such object
   */
  ObjectHead head(String key);

  /**
   * Deletes the current version, leaving a tombstone.
   *
   * @param options conditions; the rest does not apply
   * @throws NotFoundException when there is no such object
   */
  void delete(String key, WriteOptions options);

  /** As {@link #delete(String, WriteOptions)}, without conditions. */
  default void delete(String key) {
    delete(key, WriteOptions.NONE);
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

  /** The retained versions of a key, the newest first. */
  ObjectBodies.Versions versions(String key);
}
