// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.util.concurrent.Semaphore;

/** How many requests may be under way; a callback may overdraw it, since it must not wait. */
final class InFlightLimit extends Semaphore {
  private static final long serialVersionUID = 1;

  InFlightLimit(int size) {
    super(size);
  }

  void overdraw() {
    reducePermits(1);
  }
}
