// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

/**
 * How much clients may make a cluster remember, and a node keep in memory for them.
 *
 * @param sessionsPerNode (200,000) that a node hosts: each is in its memory with its last
 *     keep-alive
 * @param locks (2,000,000) entries: those that are idle are forgotten within a minute
 * @param counters (1,000,000) entries; one at 0 has none
 * @param latches (1,000,000) entries
 * @param barriers (1,000,000) entries
 * @param unreadBytes (48 MiB) of messages that clients of the session socket do not read: a part of
 *     the heap of 512 MiB that {@code up} gives a node
 * @param pendingBytes (48 MiB) of messages of the session socket whose requests are under way
 */
public record CoordinationLimits(
    int sessionsPerNode,
    int locks,
    int counters,
    int latches,
    int barriers,
    long unreadBytes,
    long pendingBytes) {}
