// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

/**
 * The reply to a command, and the revision at which it was true.
 *
 * @param <R> reply of the transition
 */
public record Settled<R>(R reply, long revision) {}
