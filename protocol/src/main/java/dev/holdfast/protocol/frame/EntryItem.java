// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/** One entry of a page, without its value unless it was asked for. */
public record EntryItem(
    @Limit(FrameLimits.MAX_KEY_BYTES) String key,
    long version,
    @Limit(FrameLimits.MAX_VALUE_BYTES) Blob value) {}
