// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.spi.coordinator.Coordinator;

/**
 * Whether this node has asked, since it came back to the majority, which deletions are forgotten.
 * Holds for one lease: a process that slept may have missed any number. Thread-safe.
 */
final class InTouch {
  private final Coordinator coordinator;

  /** 0 when it has not asked. */
  private volatile long lease;

  InTouch(Coordinator coordinator) {
    this.coordinator = coordinator;
  }

  boolean is() {
    return lease != 0 && lease == coordinator.lease().id();
  }

  /** The lease to name afterwards, read before anything is asked. */
  long current() {
    return coordinator.lease().id();
  }

  void asked(long during) {
    lease = during;
  }

  void ended() {
    lease = 0;
  }
}
