/**
 * The session socket {@code /v1/session}: sessions and locks for programs, with grants and losses
 * pushed. A {@code Conversation} is one connection; its {@code SessionFrames} and {@code
 * LockFrames} answer, and each owns what it follows.
 */
@NullMarked
package dev.holdfast.node.socket;

import org.jspecify.annotations.NullMarked;
