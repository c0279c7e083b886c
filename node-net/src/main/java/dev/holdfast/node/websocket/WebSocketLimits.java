// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.time.Duration;

/**
 * What one connection may hold.
 *
 * @param messageBytes of a received message, all its fragments together; more closes with 1009
 * @param eagerBytes of a message that are allocated when it is announced, before it arrived
 * @param queuedFrames not yet taken by the socket; more are refused
 * @param queuedBytes not yet taken by the socket; more are refused
 * @param pingInterval a silent other side is asked this often, and given up after three
 */
public record WebSocketLimits(
    int messageBytes, int eagerBytes, int queuedFrames, int queuedBytes, Duration pingInterval) {}
