/**
 * The coordinator contract on an embedded Raft (Apache Ratis over {@code raft.transport}).
 *
 * <p>The way of a commit: {@code RaftCoordinator} hands a transaction to the {@code Proposer},
 * which keeps one batch of this node in flight; the batch is one log entry ({@code LogCodec}); when
 * a majority has fsynced it, {@code HoldfastStateMachine} gives it to the {@code KeyTable} of every
 * node, which writes an in-memory {@code Overlay} and answers. The {@code Checkpoint} thread moves
 * the overlay into LMDB behind the replies; the log covers what is not there yet.
 *
 * <p>The way of a read: {@code ReadIndex} joins a round that proves how far this node must have
 * applied ({@code LeaderProof} on the leader), waits for it, and reads the {@code KeyTable}.
 *
 * <p>Ratis types stay in this package.
 */
@NullMarked
package dev.holdfast.coordinator.raft;

import org.jspecify.annotations.NullMarked;
