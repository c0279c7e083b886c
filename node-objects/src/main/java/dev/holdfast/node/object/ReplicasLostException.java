// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

/** All replicas of a write dropped out while its body came. Nothing was stored; may be retried. */
final class ReplicasLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ReplicasLostException() {
    super("All chosen nodes dropped out while the body was sent", null, false, false);
  }
}
