/** The data folder of a node: its marker, its lock, and which incarnation of the node it is. */
@NullMarked
package dev.holdfast.node.data;

import org.jspecify.annotations.NullMarked;
