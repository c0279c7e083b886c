// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

/**
 * A node without data was told neither to found a cluster nor to join one. Mend its configuration.
 */
public final class NoClusterNamedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoClusterNamedException(String message) {
    super(message);
  }
}
