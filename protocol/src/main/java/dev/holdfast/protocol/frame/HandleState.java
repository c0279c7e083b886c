// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * What the cluster knows about a handle.
 *
 * @param token of the grant, 0 unless held
 * @param position in the queue, 1 is next, 0 unless queued
 */
public record HandleState(
    @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
    @Limit(FrameLimits.MAX_ID_BYTES) String holder,
    Standing standing,
    long token,
    long position) {

  /** Where a holder stands with a lock. Numbered in CBOR in this order, from 0. */
  public enum Standing {
    HELD,
    QUEUED,
    /** Neither holds nor waits. */
    ABSENT
  }
}
