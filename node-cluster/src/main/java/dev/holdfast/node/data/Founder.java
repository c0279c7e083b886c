// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

/**
 * A founding voter.
 *
 * @param raft {@code host:port} of its raft port
 */
public record Founder(String id, String incarnation, String raft) {}
