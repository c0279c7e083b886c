/** Cleanup for most: keep the newest, the youngest and what is held; surplus copies may go. */
@NullMarked
package dev.holdfast.plugins.cleanup;

import org.jspecify.annotations.NullMarked;
