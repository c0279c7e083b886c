// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

/**
 * A hold of a lock.
 *
 * @param token the fencing token: greater than that of every earlier grant of this lock (R18)
 * @param delayMillis for so long nobody else is granted the lock after its session has expired
 */
public record Grant(Owner owner, LockMode mode, long token, long delayMillis) {
  /** Without a delay. */
  public Grant(Owner owner, LockMode mode, long token) {
    this(owner, mode, token, 0);
  }
}
