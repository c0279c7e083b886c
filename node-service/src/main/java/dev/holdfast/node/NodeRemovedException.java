// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

/** The operator took this node out of the cluster. Its process ends; nothing is wrong. */
final class NodeRemovedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NodeRemovedException(String message) {
    super(message);
  }
}
