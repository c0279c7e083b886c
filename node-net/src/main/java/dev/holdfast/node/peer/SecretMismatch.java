// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that another node has another cluster secret: once a minute for each, with the way out. Both
 * sides try again several times a second, and each try fails on both.
 */
final class SecretMismatch {
  private static final Logger LOG = LoggerFactory.getLogger(SecretMismatch.class);
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** Names are what strangers say: so many are remembered at most. */
  private static final int NAMES_MAX = 64;

  private final LongSupplier nanoTime;
  private final Map<String, Long> told = new HashMap<>();

  SecretMismatch(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * @param node as it calls itself; it has proved nothing
   */
  void tell(String node, Object address) {
    if (!isDue(node)) {
      return;
    }
    LOG.warn(
        "{} at {} has another cluster secret than this node: neither talks to the other. All nodes of"
            + " a cluster need the same file (cluster.secretFile; by default 'secret' in the data"
            + " folder): copy that of a member, with mode 0600, and start the node again. Told again"
            + " after {} s",
        node,
        address,
        PAUSE.toSeconds());
  }

  /** Whether a message about this node is due now; then it counts as told. */
  synchronized boolean isDue(String node) {
    long now = nanoTime.getAsLong();
    Long before = told.get(node);
    if (before != null && now - before < PAUSE.toNanos()) {
      return false;
    }
    if (before == null && told.size() >= NAMES_MAX) {
      told.values().removeIf(then -> now - then >= PAUSE.toNanos());
      if (told.size() >= NAMES_MAX) {
        return false;
      }
    }
    told.put(node, now);
    return true;
  }
}
