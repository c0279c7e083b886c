// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import dev.holdfast.protocol.LockMode;

/** A hold, or a wait, that a client believes it has. */
public record HandleRef(
    @Limit(FrameLimits.MAX_LOCK_BYTES) String lock,
    @Limit(FrameLimits.MAX_ID_BYTES) String holder,
    LockMode mode) {}
