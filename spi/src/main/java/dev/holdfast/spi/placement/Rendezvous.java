// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.placement;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Weighted rendezvous hashing: every node has a score for a key, and the rank is by falling score.
 * A node that comes or goes moves only the keys that it wins or had won. The score is {@code
 * −weight ∕ ln h} with {@code h} a hash of (key, node) in (0, 1); source: Schindelhauer and
 * Schomaker, "Weighted distributed hash tables", 2005. Pure, and the same on every JVM.
 */
public final class Rendezvous {
  private Rendezvous() {}

  /** The ids by falling score, all with the same weight. */
  public static List<String> rank(String key, Collection<String> nodeIds) {
    long keyHash = hash(key);
    return nodeIds.stream()
        .sorted(
            Comparator.comparingDouble((String id) -> -score(keyHash, id, 1))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** The nodes by falling score, weighted by their capacity. */
  public static List<ClusterMap.Node> rankNodes(String key, Collection<ClusterMap.Node> nodes) {
    long keyHash = hash(key);
    return nodes.stream()
        .sorted(
            Comparator.comparingDouble((ClusterMap.Node node) ->
                    -score(keyHash, node.id(), (double) node.capacityBytes()))
                .thenComparing(ClusterMap.Node::id))
        .toList();
  }

  private static double score(long keyHash, String nodeId, double weight) {
    // The upper 53 bits, shifted off zero and one, where the logarithm has no use.
    double h = ((mix(keyHash ^ mix(hash(nodeId))) >>> 11) + 0.5) * 0x1.0p-53;
    return -weight / StrictMath.log(h);
  }

  /** FNV-1a over UTF-8: short, stable, and mixed afterwards. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
