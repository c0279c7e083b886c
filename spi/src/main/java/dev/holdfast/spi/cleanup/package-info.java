/**
 * What may be deleted. A {@link dev.holdfast.spi.cleanup.CleanupPolicy} is shown the versions of an
 * object, and the copies on a node that nobody needs, and names those that may go.
 */
@NullMarked
package dev.holdfast.spi.cleanup;

import org.jspecify.annotations.NullMarked;
