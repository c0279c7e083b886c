// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

/**
 * How a client names a write that it may send again.
 *
 * @param id its own, and that of no other write
 * @param seen the newest revision that the client had seen when it first sent this write (R12)
 */
record WriteId(String id, long seen) {
  /** Nothing with this id was committed up to there. */
  WriteId notUpTo(long revision) {
    return new WriteId(id, Math.max(seen, revision));
  }
}
