/**
 * Locks as clients see them: the gateway to a lock's home, the board on which waits learn of their
 * grants, REST routes, the sweeper, and the end of what ended sessions held.
 */
@NullMarked
package dev.holdfast.node.lock;

import org.jspecify.annotations.NullMarked;
