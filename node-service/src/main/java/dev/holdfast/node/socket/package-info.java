/**
 * The session socket {@code /v1/session}: sessions, locks and maps for programs, with grants,
 * losses and changes pushed. A {@code Conversation} is one connection; its {@code SessionFrames},
 * {@code LockFrames} and {@code MapFrames} answer, and each owns what it follows.
 */
@NullMarked
package dev.holdfast.node.socket;

import org.jspecify.annotations.NullMarked;
