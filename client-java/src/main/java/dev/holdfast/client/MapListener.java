// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * Told of a watch's events, one at a time, on the events thread. Do not block it: other listeners
 * of this client wait behind. A listener that is slower than the changes is told the newest of each
 * key.
 */
@FunctionalInterface
public interface MapListener<V> {
  void changed(MapEvent<V> event);

  /**
   * The connection changed, or the node could not keep up: the keys are listed again, and what
   * changed meanwhile is told as usual, with changes of one key merged into one event.
   */
  default void resynced() {}

  /** The session has ended, or the node refused the watch. Nothing more is told. */
  default void ended(String reason) {}
}
