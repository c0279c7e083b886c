// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A number that clients count up under a lock, by a read and a later write, as with any resource
 * that is not Holdfast's own. If it is fenced, it refuses tokens older than the newest it has seen.
 * It knows how often it was told that a write is good. Thread-safe.
 */
final class GuardedCounter {
  private final boolean fenced;
  private final ReentrantLock guard = new ReentrantLock();
  private long newestToken;
  private long number;
  private long acknowledged;

  GuardedCounter(boolean fenced) {
    this.fenced = fenced;
  }

  /** Empty when the token is too old. */
  OptionalLong read(long token) {
    guard.lock();
    try {
      return isRefused(token) ? OptionalLong.empty() : OptionalLong.of(number);
    } finally {
      guard.unlock();
    }
  }

  /** False when the token is too old. */
  boolean write(long token, long value) {
    guard.lock();
    try {
      if (isRefused(token)) {
        return false;
      }
      number = value;
      acknowledged++;
      return true;
    } finally {
      guard.unlock();
    }
  }

  private boolean isRefused(long token) {
    boolean old = token < newestToken;
    newestToken = Math.max(newestToken, token);
    return fenced && old;
  }

  /** Writes that were acknowledged and are not in the number. */
  long lost() {
    guard.lock();
    try {
      return acknowledged - number;
    } finally {
      guard.unlock();
    }
  }

  long acknowledged() {
    guard.lock();
    try {
      return acknowledged;
    } finally {
      guard.unlock();
    }
  }
}
