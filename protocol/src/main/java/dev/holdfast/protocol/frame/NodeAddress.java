// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * @param api address for clients, such as {@code http://127.0.0.1:7600}
 */
public record NodeAddress(
    @Limit(FrameLimits.MAX_ID_BYTES) String id, @Limit(FrameLimits.MAX_LOCK_BYTES) String api) {}
