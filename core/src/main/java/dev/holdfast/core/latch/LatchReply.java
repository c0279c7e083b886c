// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.latch;

/**
 * @param latch after the command
 * @param changed whether the command changed it
 */
public record LatchReply(Latch latch, boolean changed) {}
