/**
 * Objects: {@code ObjectRoutes} → {@link dev.holdfast.node.object.ObjectService} → {@code
 * ObjectWriter} and {@code ObjectReader}, which see every node, this one included, as a {@code
 * Replica}. What a write could not finish, {@code Replication} does in the background.
 *
 * <p>A write ends as a {@code WriteOutcome}; what hinders a request on its way is an {@code
 * ObjectException}. Only {@code ObjectProblems} says what a client is told of either.
 */
@NullMarked
package dev.holdfast.node.object;

import org.jspecify.annotations.NullMarked;
