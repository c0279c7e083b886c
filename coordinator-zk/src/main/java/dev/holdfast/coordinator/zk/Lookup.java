package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Finds out what is known of keys, and reads what is not: buckets first, see {@link Known}. */
final class Lookup {
  private final ZkPaths paths;
  private final Mirror mirror;
  private final ColdHeads heads;

  Lookup(ZkPaths paths, Mirror mirror, ColdHeads heads) {
    this.paths = paths;
    this.mirror = mirror;
    this.heads = heads;
  }

  /** As of the call, or later: whether that is enough is known to who asks. */
  Map<EntryKey, Known> of(Collection<EntryKey> keys, ZkSession session, long deadline)
      throws InterruptedException {
    Map<String, CompletableFuture<Bucket>> buckets = new HashMap<>();
    Map<EntryKey, CompletableFuture<@Nullable Znode>> cold = new HashMap<>();
    for (EntryKey key : keys) {
      String path = paths.bucket(key);
      if (!ZkPaths.isCold(key.kind())) {
        buckets.computeIfAbsent(path, one -> bucket(one, session));
      } else if (heads.get(key) == null) {
        buckets.computeIfAbsent(path, session::bucket);
        cold.computeIfAbsent(key, one -> session.requests().get(paths.entry(one)));
      }
    }
    Map<String, Bucket> read = new HashMap<>();
    for (Map.Entry<String, CompletableFuture<Bucket>> one : buckets.entrySet()) {
      read.put(one.getKey(), Waiting.forAnswer(one.getValue(), deadline));
    }
    Map<EntryKey, Known> known = new LinkedHashMap<>();
    for (EntryKey key : keys) {
      String path = paths.bucket(key);
      Bucket bucket = read.getOrDefault(path, Bucket.NONE);
      if (!ZkPaths.isCold(key.kind())) {
        known.put(key, followed(key, path, bucket, deadline));
        continue;
      }
      CompletableFuture<@Nullable Znode> head = cold.get(key);
      Known before = heads.get(key);
      if (head == null && before != null) {
        known.put(key, before);
      } else {
        long seenNanos = System.nanoTime();
        Znode znode =
            Waiting.forAnswer(
                head == null ? session.requests().get(paths.entry(key)) : head, deadline);
        Known now = coldHead(key, path, bucket, znode);
        heads.put(now, seenNanos);
        known.put(key, now);
      }
    }
    return known;
  }

  private CompletableFuture<Bucket> bucket(String path, ZkSession session) {
    Bucket known = mirror.bucket(path);
    return known == null ? session.bucket(path) : CompletableFuture.completedFuture(known);
  }

  private Known followed(EntryKey key, String path, Bucket bucket, long deadline)
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
