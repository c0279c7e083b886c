// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * One change of a batch.
 *
 * @param expected {@link FrameLimits#ANY_VERSION}, 0 when the key must be absent, or its version
 */
public record EntryWrite(
    @Limit(FrameLimits.MAX_KEY_BYTES) String key,
    boolean delete,
    @Limit(FrameLimits.MAX_VALUE_BYTES) Blob value,
    @Lowest(FrameLimits.ANY_VERSION) long expected) {}
