// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

/**
 * @param nodeId of the answering node
 * @param text of the ping
 */
public record Pong(String nodeId, String text) {}
