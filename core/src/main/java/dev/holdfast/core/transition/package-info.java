/**
 * How an entry changes: a {@link dev.holdfast.core.transition.Transition} decides about one command
 * on one state, and a {@link dev.holdfast.core.transition.CommandBatch} puts the commands that wait
 * for the same entry into one transaction. The node's {@code Transactor} only reads, commits and
 * replies.
 */
@NullMarked
package dev.holdfast.core.transition;

import org.jspecify.annotations.NullMarked;
