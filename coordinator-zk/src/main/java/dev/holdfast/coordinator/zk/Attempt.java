// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

/** What became of one {@code multi}. */
sealed interface Attempt {
  /** Applied, or proven when it only checks. */
  record Done(long zxid) implements Attempt {}

  /** Something was not as known, as of an agreed moment after the call. */
  record Refused() implements Attempt {}

  /** Certainly not applied, and nothing is proven. */
  record Nothing() implements Attempt {}
}
