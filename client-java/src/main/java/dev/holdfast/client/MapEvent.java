// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.Optional;

/**
 * How a key is after a change ({@code state_changed}). Versions of a key rise from event to event;
 * several changes may come as one.
 *
 * @param value empty when the key was deleted
 */
public record MapEvent<V>(String key, long version, Optional<V> value) {
  public boolean isDeleted() {
    return value.isEmpty();
  }
}
