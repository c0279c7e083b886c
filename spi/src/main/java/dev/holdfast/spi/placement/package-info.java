/**
 * Where the copies of an object go. A {@link dev.holdfast.spi.placement.PlacementPolicy} answers
 * three questions about a cluster map and a key, and explains each answer; {@link
 * dev.holdfast.spi.placement.Rendezvous} is the rank that the default policy and the choice of
 * homes share.
 */
@NullMarked
package dev.holdfast.spi.placement;

import org.jspecify.annotations.NullMarked;
