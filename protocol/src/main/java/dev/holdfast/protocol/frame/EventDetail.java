// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * @param value as text, also when it is a number
 */
public record EventDetail(
    @Limit(FrameLimits.MAX_ID_BYTES) String name,
    @Limit(FrameLimits.MAX_TEXT_BYTES) String value) {}
