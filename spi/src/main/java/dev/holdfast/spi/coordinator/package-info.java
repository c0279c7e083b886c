/**
 * Agreement, as Holdfast needs it: everything that the cluster agrees on is an {@link
 * dev.holdfast.spi.coordinator.Entry} with a version, and everything that changes it is one {@link
 * dev.holdfast.spi.coordinator.Coordinator#commit compare-and-set}.
 *
 * <p>A backend (embedded Raft, ZooKeeper, the in-memory reference) implements {@link
 * dev.holdfast.spi.coordinator.CoordinatorFactory}, is found by {@link java.util.ServiceLoader},
 * and must pass {@code CoordinatorContract} of the test kit. The package {@code support} has what
 * it need not write itself.
 */
@NullMarked
package dev.holdfast.spi.coordinator;

import org.jspecify.annotations.NullMarked;
