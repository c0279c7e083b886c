// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.system.Deadline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Walks entries that nobody follows: bucket by bucket, and in a bucket by key. */
final class ColdScan {
  private static final String KIND = "object";

  /** Buckets that are asked at once. */
  private static final int AT_ONCE = 256;

  private final ZkPaths paths;
  private final Requests requests;
  private final Deadline deadline;

  ColdScan(ZkPaths paths, Requests requests, Deadline deadline) {
    this.paths = paths;
    this.requests = requests;
    this.deadline = deadline;
  }

  static boolean has(String prefix) {
    return (KIND + "/").startsWith(prefix) || prefix.startsWith(KIND + "/");
  }

  /** Entries after a key; fewer than the limit only when there are no more. */
  List<Entry> page(String prefix, @Nullable EntryKey after, int limit) throws InterruptedException {
    List<Entry> entries = new ArrayList<>();
    String folder = paths.kind(KIND);
    String first = after == null ? "" : ZkPaths.bucketName(after);
    List<String> buckets =
        Waiting.forAnswer(requests.children(folder), deadline).stream()
            .filter(bucket -> bucket.compareTo(first) >= 0)
            .sorted()
            .toList();
    for (int from = 0; from < buckets.size(); from += AT_ONCE) {
      List<String> some = buckets.subList(from, Math.min(buckets.size(), from + AT_ONCE));
      for (EntryKey key : keys(folder, some, prefix)) {
        boolean before =
            after != null
                && ZkPaths.bucketName(key).equals(first)
                && key.value().compareTo(after.value()) <= 0;
        if (!before) {
          read(key, entries);
        }
        if (entries.size() == limit) {
          return entries;
        }
      }
    }
    return entries;
  }

  private List<EntryKey> keys(String folder, List<String> buckets, String prefix)
      throws InterruptedException {
    Map<String, CompletableFuture<List<String>>> asked = new LinkedHashMap<>();
    buckets.forEach(bucket -> asked.put(bucket, requests.children(folder + "/" + bucket)));
    List<EntryKey> keys = new ArrayList<>();
    for (CompletableFuture<List<String>> names : asked.values()) {
      Waiting.forAnswer(names, deadline).stream()
          .map(name -> new EntryKey(ZkPaths.unescape(name)))
          .filter(key -> key.startsWith(prefix))
          .sorted(Comparator.comparing(EntryKey::value))
          .forEach(keys::add);
    }
    return keys;
  }

  private void read(EntryKey key, List<Entry> entries) throws InterruptedException {
    Znode znode = Waiting.forAnswer(requests.get(paths.entry(key)), deadline);
    if (znode != null) {
      entries.add(Cell.of(key, znode).entry());
    }
  }
}
