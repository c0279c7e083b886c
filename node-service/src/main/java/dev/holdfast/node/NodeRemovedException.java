// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import java.nio.file.Path;

/** The operator took this node out of the cluster. Its process ends; nothing is wrong. */
final class NodeRemovedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param data folder, which nothing needs any more
   */
  NodeRemovedException(String node, Path data) {
    super(
        "Node %s was removed from the cluster. Its copies are on the other nodes; the folder %s can be deleted."
            .formatted(node, data));
  }
}
