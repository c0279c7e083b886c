// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.http.HttpServer;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node that works stops working, before any part of it is closed:
 *
 * <ol>
 *   <li>new requests are refused with {@code NOT_READY}: their clients ask another node
 *   <li>the features leave in their order: another voter leads, if this node did, so that no commit
 *       has to wait for an election; waits for locks are withdrawn, streams of events end, and the
 *       clients of the session socket go on elsewhere
 *   <li>the requests that are under way are answered
 * </ol>
 *
 * Nothing of it is needed for safety, so what does not succeed in time is left.
 */
final class Departure {
  private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

  private static final Duration FINISH_MAX = Duration.ofSeconds(10);

  /** At least so long clients are told to go, and their connections with them. */
  private static final Duration LINGER = Duration.ofMillis(250);

  private static final Duration LOOK = Duration.ofMillis(10);

  private final HttpServer http;
  private final List<Feature> features;
  private final LongSupplier nanoTime;

  /**
   * @param features in the order in which they leave
   */
  Departure(HttpServer http, List<Feature> features, LongSupplier nanoTime) {
    this.http = http;
    this.features = List.copyOf(features);
    this.nanoTime = nanoTime;
  }

  /** Blocks for some seconds at most. */
  void run() {
    long begun = nanoTime.getAsLong();
    http.refuseNew();
    features.forEach(Feature::leave);
    awaitTheLast(begun);
  }

  private void awaitTheLast(long begunNanos) {
    try {
      while (isBusy(begunNanos)) {
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    int left = http.running();
    if (left > 0) {
      LOG.warn("{} requests were not answered within {}", left, FINISH_MAX);
    }
  }

  private boolean isBusy(long begunNanos) {
    long elapsed = nanoTime.getAsLong() - begunNanos;
    boolean busy =
        http.running() > 0 || features.stream().anyMatch(feature -> feature.connections() > 0);
    return elapsed < LINGER.toNanos() || (busy && elapsed < FINISH_MAX.toNanos());
  }
}
