// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.system.Deadline;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Finds out what is known of keys, and reads what is not: buckets first, see {@link Known}. */
final class Lookup {
  private final ZkPaths paths;
  private final Mirror mirror;
  private final ColdHeads heads;
  private final LongSupplier nanos;

  Lookup(ZkPaths paths, Mirror mirror, ColdHeads heads, LongSupplier nanos) {
    this.paths = paths;
    this.mirror = mirror;
    this.heads = heads;
    this.nanos = nanos;
  }

  /**
   * What is known now, which may be old of cold keys: a commit that is planned on it then fails.
   */
  Map<EntryKey, Known> of(Collection<EntryKey> keys, ZkSession session, Deadline deadline)
      throws InterruptedException {
    Map<EntryKey, Known> remembered = new HashMap<>();
    for (EntryKey key : keys) {
      Known head = ZkPaths.isCold(key.kind()) ? heads.get(key) : null;
      if (head != null) {
        remembered.put(key, head);
      }
    }
    return lookUp(keys, remembered, session, deadline);
  }

  /**
   * As of the call, or later. Nothing that is remembered will do: another caller, who asked before,
   * may remember its answer at any moment (R4).
   */
  Map<EntryKey, Known> anew(Collection<EntryKey> keys, ZkSession session, Deadline deadline)
      throws InterruptedException {
    return lookUp(keys, Map.of(), session, deadline);
  }

  private Map<EntryKey, Known> lookUp(
      Collection<EntryKey> keys,
      Map<EntryKey, Known> remembered,
      ZkSession session,
      Deadline deadline)
      throws InterruptedException {
    long seenNanos = nanos.getAsLong();
    Map<String, CompletableFuture<Bucket>> buckets = new HashMap<>();
    Map<EntryKey, CompletableFuture<@Nullable Znode>> cold = new HashMap<>();
    for (EntryKey key : keys) {
      String path = paths.bucket(key);
      if (!ZkPaths.isCold(key.kind())) {
        buckets.computeIfAbsent(path, one -> bucket(one, session));
      } else if (!remembered.containsKey(key)) {
        buckets.computeIfAbsent(path, session::bucket);
        cold.computeIfAbsent(key, one -> session.requests().get(paths.entry(one)));
      }
    }
    Map<String, Bucket> read = new HashMap<>();
    for (Map.Entry<String, CompletableFuture<Bucket>> one : buckets.entrySet()) {
      read.put(one.getKey(), Waiting.forAnswer(one.getValue(), deadline));
    }
    Map<EntryKey, Known> known = new LinkedHashMap<>(remembered);
    for (EntryKey key : keys) {
      String path = paths.bucket(key);
      Bucket bucket = read.getOrDefault(path, Bucket.NONE);
      CompletableFuture<@Nullable Znode> head = cold.get(key);
      if (head != null) {
        Known now = coldHead(key, path, bucket, Waiting.forAnswer(head, deadline));
        heads.put(now, seenNanos);
        known.put(key, now);
      } else if (!ZkPaths.isCold(key.kind())) {
        known.put(key, followed(key, path, bucket, deadline));
      }
    }
    return known;
  }

  private CompletableFuture<Bucket> bucket(String path, ZkSession session) {
    Bucket known = mirror.bucket(path);
    return known == null ? session.bucket(path) : CompletableFuture.completedFuture(known);
  }

  private Known followed(EntryKey key, String path, Bucket bucket, Deadline deadline)
      throws InterruptedException {
    long applied = mirror.applied();
    Cell cell = Waiting.forAnswer(mirror.cell(key), deadline).orElse(null);
    return known(key, path, bucket, cell, applied);
  }

  private Known coldHead(EntryKey key, String path, Bucket bucket, @Nullable Znode znode) {
    Cell cell = znode == null ? null : Cell.of(key, znode);
    return known(key, path, bucket, cell, Math.max(mirror.seen(), bucket.lastDeleted(key)));
  }

  /**
   * @param revision at which the key was so, unless what is told here is newer
   */
  private Known known(
      EntryKey key, String path, Bucket bucket, @Nullable Cell cell, long revision) {
    long written = Math.max(revision, cell == null ? 0 : cell.zxid());
    long deleted = bucket.lastDeleted(key);
    if (cell != null && (cell.lease() == 0 || mirror.isLeaseLive(cell.lease()))) {
      return new Known(key, cell, true, path, bucket, deleted, written);
    }
    if (cell != null) {
      deleted = Math.max(deleted, mirror.leaseEnded(cell.lease()));
    }
    return new Known(key, cell, false, path, bucket, deleted, Math.max(written, deleted));
  }
}
