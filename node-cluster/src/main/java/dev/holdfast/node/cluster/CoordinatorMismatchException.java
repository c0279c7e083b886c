// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

/** Two nodes are configured with different coordinators, so they cannot be one cluster. */
public final class CoordinatorMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CoordinatorMismatchException(String message) {
    super(message);
  }
}
