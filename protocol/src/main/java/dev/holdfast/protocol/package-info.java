/**
 * The public wire in records, shared by the node and the Java client, release 17: bodies of REST
 * requests and answers, how modes and durations are written, and the JSON rules of both sides. The
 * frames of the session WebSocket live in {@code dev.holdfast.protocol.frame}.
 */
@NullMarked
package dev.holdfast.protocol;

import org.jspecify.annotations.NullMarked;
