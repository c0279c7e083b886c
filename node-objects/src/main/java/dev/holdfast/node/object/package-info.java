/**
 * Objects: {@code ObjectRoutes} → {@link dev.holdfast.node.object.ObjectService} → {@code
 * ObjectWriter} and {@code ObjectReader}, which see every node, this one included, as a {@code
 * Replica}. What a write could not finish, {@code Replication} does in the background.
 */
@NullMarked
package dev.holdfast.node.object;

import org.jspecify.annotations.NullMarked;
