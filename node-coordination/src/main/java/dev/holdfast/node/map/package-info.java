/**
 * The replicated map. A write is one commit of the node that got the request: many at once, no
 * home, no queue, no thread that waits. {@code MapService} is the script of the use cases, {@code
 * MapBoard} what this node has applied: how large the maps are, and who watches them.
 */
@NullMarked
package dev.holdfast.node.map;

import org.jspecify.annotations.NullMarked;
