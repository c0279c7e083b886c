// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

/**
 * Who waits for a lock, and for how much of it.
 *
 * @param delayMillis of the grant to come
 */
public record Waiter(Owner owner, LockMode mode, long delayMillis) {
  /** Without a delay. */
  public Waiter(Owner owner, LockMode mode) {
    this(owner, mode, 0);
  }
}
