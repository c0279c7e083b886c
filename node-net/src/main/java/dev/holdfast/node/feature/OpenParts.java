// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has opened, over all features: closed in the opposite order, also when the start
 * fails half way. Confined to the thread that starts or closes the node.
 */
public final class OpenParts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenParts.class);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Takes over the duty to close it. */
  public <T extends AutoCloseable> T open(T part) {
    opened.push(part);
    return part;
  }

  /** Goes on when a part fails to close. A second call closes nothing. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      AutoCloseable part = opened.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
      }
    }
  }
}
