/** What the cluster says of itself, and the removal of a node. */
@NullMarked
package dev.holdfast.cli.cluster;

import org.jspecify.annotations.NullMarked;
