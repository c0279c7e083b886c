/** The example of docs/guides/write-a-coordinator.md: a backend from its name to its contract. */
@NullMarked
package dev.holdfast.testkit.guide;

import org.jspecify.annotations.NullMarked;
