/**
 * Who must hold a copy and when a write may be acknowledged: a {@link
 * dev.holdfast.core.replication.WritePlanner} decides, the node carries it out.
 */
@NullMarked
package dev.holdfast.core.replication;

import org.jspecify.annotations.NullMarked;
