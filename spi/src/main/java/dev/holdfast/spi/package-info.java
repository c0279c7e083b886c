/**
 * Contracts and value types that plugins and coordinators implement.
 *
 * <ul>
 *   <li>{@code spi}: {@link dev.holdfast.spi.Bytes} and {@link dev.holdfast.spi.EntryKey}, the two
 *       values that every contract speaks in; {@link dev.holdfast.spi.NearestWord} for those who
 *       read options.
 *   <li>{@code spi.coordinator}: agreement. One compare-and-set over entries, watch, node leases.
 *   <li>{@code spi.placement}: where copies go. Also the rendezvous rank that chooses homes.
 *   <li>{@code spi.plugin}: what a plugin is, and what the node hands to it.
 * </ul>
 *
 * <p>Depends on the JDK and JSpecify alone. It has a semantic version of its own, {@link
 * dev.holdfast.spi.SpiVersion}.
 */
@NullMarked
package dev.holdfast.spi;

import org.jspecify.annotations.NullMarked;
