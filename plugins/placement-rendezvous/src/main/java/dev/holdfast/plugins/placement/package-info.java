/** The default placement as a plugin: reads its config and serves the policy {@code default}. */
@NullMarked
package dev.holdfast.plugins.placement;

import org.jspecify.annotations.NullMarked;
