/**
 * Cyclic barriers: {@code barrier/<name>} holds the round and who has arrived in it. The last
 * arrival trips it on the condition that the sessions of all parties live; a party whose session
 * has ended has left.
 */
@NullMarked
package dev.holdfast.core.barrier;

import org.jspecify.annotations.NullMarked;
