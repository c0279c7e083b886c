/**
 * The reference coordinator: one agreed state in memory, a view per node, and faults on demand.
 *
 * <p>{@link dev.holdfast.testkit.memory.InMemoryCluster} holds what is agreed; {@code open(nodeId)}
 * gives the {@link dev.holdfast.spi.coordinator.Coordinator} of one node. One lock guards
 * everything; listeners are called on a thread of their node, never under the lock.
 */
@NullMarked
package dev.holdfast.testkit.memory;

import org.jspecify.annotations.NullMarked;
