// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.counter;

/** The counter before and after the command. */
public record CounterReply(long before, long after) {}
