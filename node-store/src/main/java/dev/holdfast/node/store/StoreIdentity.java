// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.List;

/**
 * Whose folder it is.
 *
 * @param incarnation of the node's data folder: an emptied one has a new one
 * @param formerly incarnations of the same data folder, whose stores are taken over
 */
public record StoreIdentity(String nodeId, String incarnation, List<String> formerly) {
  public StoreIdentity {
    formerly = List.copyOf(formerly);
  }

  /** Of a folder that never was another incarnation. */
  public StoreIdentity(String nodeId, String incarnation) {
    this(nodeId, incarnation, List.of());
  }
}
