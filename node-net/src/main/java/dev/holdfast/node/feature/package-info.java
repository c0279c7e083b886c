/**
 * What a feature of the node is: the contract by which {@code Node} lists, starts and ends what
 * each other package does. It knows the ports, and no feature.
 */
@NullMarked
package dev.holdfast.node.feature;

import org.jspecify.annotations.NullMarked;
