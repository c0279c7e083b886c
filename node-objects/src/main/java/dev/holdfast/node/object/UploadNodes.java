// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.StoreFailedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks several nodes at once, each on a thread of its own. Blocking, thread-safe. */
final class UploadNodes {
  private static final Logger log = LoggerFactory.getLogger(UploadNodes.class);

  private final ClusterView cluster;
  private final Replicas replicas;

  UploadNodes(ClusterView cluster, Replicas replicas) {
    this.cluster = cluster;
    this.replicas = replicas;
  }

  /**
   * @param byNode of those that answered, in the order in which they were asked
   * @param isAnyDiskFull why one of the others did not
   */
  record Answers<T>(Map<String, T> byNode, boolean isAnyDiskFull) {}

  /** Waits for all of them: each ends within the timeouts of its calls. */
  <T> Answers<T> ask(Collection<String> nodes, Function<Replica, T> question) {
    return askNamed(nodes, node -> question.apply(replicas.of(node)));
  }

  /** As {@link #ask}, with a question that depends on the node. */
  <T> Answers<T> askNamed(Collection<String> nodes, Function<String, T> question) {
    Map<String, T> answers = new LinkedHashMap<>();
    boolean isAnyDiskFull = false;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Future<T>> asked = new LinkedHashMap<>();
      nodes.forEach(node -> asked.put(node, threads.submit(() -> question.apply(node))));
      for (Map.Entry<String, Future<T>> one : asked.entrySet()) {
        try {
          answers.put(one.getKey(), one.getValue().get());
        } catch (ExecutionException e) {
          isAnyDiskFull |= e.getCause() instanceof DiskFullException;
          failed(one.getKey(), e.getCause());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("Interrupted while nodes were asked", e);
        }
      }
    }
    return new Answers<>(answers, isAnyDiskFull);
  }

  private static void failed(String node, @Nullable Throwable why) {
    switch (why) {
      case null -> throw new IllegalStateException("Asking " + node + " failed");
      case PeerException _, DiskFullException _, StoreFailedException _ ->
          log.debug("{} does not take part in an upload", node, why);
      case RuntimeException other -> throw other;
      default -> throw new IllegalStateException("Asking " + node + " failed", why);
    }
  }

  /** Those of these nodes that are up. */
  List<String> up(List<String> nodes) {
    return nodes.stream().filter(cluster.healthy()::contains).toList();
  }

  /** All other nodes that are up. */
  List<String> others(Collection<String> nodes) {
    List<String> others = new ArrayList<>(cluster.healthy());
    others.removeAll(nodes);
    return others;
  }

  /** This node first, if it is one of them: it is read without a network. */
  List<String> nearestFirst(Collection<String> nodes) {
    List<String> order = new ArrayList<>(nodes);
    if (order.remove(cluster.self())) {
      order.addFirst(cluster.self());
    }
    return order;
  }
}
