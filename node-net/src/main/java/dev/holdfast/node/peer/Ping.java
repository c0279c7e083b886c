// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

/** Asks whether the other node answers; every node does. */
public record Ping(String text) implements PeerRequest<Pong> {}
