// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * The grant under which a write is made. The write is refused atomically when the lock has moved
 * on.
 *
 * @param token of the grant
 */
public record Fence(String lock, long token) {
  /** As the header {@code Holdfast-Fence} says it. */
  String header() {
    return lock + ";" + token;
  }
}
