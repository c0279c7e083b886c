// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * How a key is after its change.
 *
 * @param version revision of the write, or of the deletion
 */
public record EntryChange(
    @Limit(FrameLimits.MAX_KEY_BYTES) String key,
    long version,
    boolean deleted,
    @Limit(FrameLimits.MAX_VALUE_BYTES) Blob value) {}
