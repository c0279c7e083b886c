/**
 * The node. {@code Main} reads the config and {@code Node} wires everything, in an order that reads
 * as the architecture; each other package is one feature.
 */
@NullMarked
package dev.holdfast.node;

import org.jspecify.annotations.NullMarked;
